"""What the Compare screen shows: scenarios to choose from, their figures side by side, their months on one scale."""
