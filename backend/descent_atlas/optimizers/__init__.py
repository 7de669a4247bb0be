"""Optimizers: update rules with their hyperparameters."""
