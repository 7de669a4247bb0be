"""Training: data, networks, the loop, and what a run records."""
