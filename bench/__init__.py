"""Benchmarks: ratios against the plain way, in one run, on the same machine. `make bench` writes bench/results.json."""
