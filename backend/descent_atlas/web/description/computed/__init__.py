"""Models of computations that have a room of their own."""
