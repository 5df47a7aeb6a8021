"""What the Guard screen knows of a ledger: read off the screen's thread, told in rows, changed only when asked to."""
