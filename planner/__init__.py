"""What a plan costs, who pays for it, and how to make sure it never costs more."""
