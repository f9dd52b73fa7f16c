"""The only package that knows an engine: images, one-shot containers, networks and the relay to the database."""
