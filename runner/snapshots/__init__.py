"""Snapshots and clones: where containers and SQL are brought together, below the flows."""
