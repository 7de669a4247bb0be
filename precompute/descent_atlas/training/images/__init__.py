"""Data sets of labelled images: reading, caching, and holding them in memory."""
