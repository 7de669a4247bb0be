"""Spectra of the curvature of any network's loss: eigenpairs, trace, density."""
