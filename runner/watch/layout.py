"""What the watch keeps in the run's folder."""

RECORD = "watch.jsonl"
"""Entries (`planning/gaps.py`), one a line; only ever added to."""
NOW = "watch-now.json"
"""The newest counts, replaced every second."""
PROCESS = "watch-process.json"
LOG = "watch.log"
"""What the process says of itself; empty where all is well."""
