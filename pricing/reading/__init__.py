"""Files that people write, read with a place for every problem: YAML to nodes, nodes to checked values."""
