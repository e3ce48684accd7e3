"""How a tensor's numbers lie on maps, and in which colours."""
