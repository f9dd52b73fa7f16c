"""thing-a-me: carries a cloud's databases through every OpenStack release between the one it runs and the one it wants."""

__version__ = "0.1.0"
