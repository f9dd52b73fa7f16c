"""Services of the control plane: how each kind is stopped, started and asked."""
