"""Studies: what their files may say, and the folder of their results."""
