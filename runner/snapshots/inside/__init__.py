"""Scripts that run inside containers, or on a server's host, and that no process of ours imports.

They import nothing but the standard library; at_host.py also put_back.py, which is sent along with it. What they find out goes
to standard output, one JSON object per line; what stops them goes to standard error.
"""
