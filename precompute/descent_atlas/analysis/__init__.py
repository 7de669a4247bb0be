"""Planes in parameter space, surfaces and trajectories on them, their statistics."""
