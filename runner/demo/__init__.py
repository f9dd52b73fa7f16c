"""A throw-away cloud: created by 2023.1's own commands, filled with rows that a real one would have."""
