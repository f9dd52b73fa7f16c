"""A report as one HTML file: the page, and a module per section of it."""
