"""Studies: their files, their schema, and the folder of their outputs."""
