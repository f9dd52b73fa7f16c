"""What the Makefile runs; none of it is in the package."""
