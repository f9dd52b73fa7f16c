"""Clouds that are made to be thrown away: a server, and a release's own first installation on it."""
