"""Probe, run and prove one step. A step cannot write its own history: that is the flow's to do."""
