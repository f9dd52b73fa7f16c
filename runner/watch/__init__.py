"""The watch on the data plane: probes several times a second, in a process of their own."""
