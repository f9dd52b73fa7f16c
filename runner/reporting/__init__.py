"""Events -> what an operator sees now. Journal -> what anybody reads later."""
