"""The terminal UI in a browser, for the person at this machine only."""
