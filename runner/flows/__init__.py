"""What an operator can have done: each flow reads as a list of phases."""
