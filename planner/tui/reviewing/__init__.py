"""What the Review screen shows and does: findings with their source, an editor at the line, a finding set aside."""
