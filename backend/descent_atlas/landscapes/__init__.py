"""Landscapes: their files, what a manifest says, a folder of them, the paper's claims."""
