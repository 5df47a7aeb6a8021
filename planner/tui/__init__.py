"""The terminal UI: it reads, asks the core, and edits scenario files; it decides no number."""
