"""How results look: text tables, JSON, CSV and Markdown. Nothing here decides a number."""
