"""A price book from its YAML: rows, checks, and the shapes they are read with."""
