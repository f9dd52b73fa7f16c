"""Validation: what proves that the cloud that was rolled out works."""
