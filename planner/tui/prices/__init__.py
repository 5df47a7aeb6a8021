"""What the Prices screen shows: price books, who uses which model, and where each price comes from."""
