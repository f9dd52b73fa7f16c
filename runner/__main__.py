"""`python -m runner`, for a checkout without an installed command."""

from runner.cli import main

main()
