"""Training: data sets, networks, the loop, and recorded runs."""
