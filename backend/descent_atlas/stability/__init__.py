"""Stability of update rules: what curvature each bears at its learning rate, and how it fails."""
