"""Scripts that run inside containers: they import nothing but the standard library, and no process of ours imports them.

What they find out goes to standard output, one JSON object per line; what stops them goes to standard error.
"""
