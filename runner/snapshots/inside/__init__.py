"""Scripts that run inside containers, or on a server's host: they import nothing but the standard library (at_host.py: and
put_back.py, which comes along), and no process of ours imports them.

What they find out goes to standard output, one JSON object per line; what stops them goes to standard error.
"""
