"""Jobs: scheduling, and the jobs of runs, landscapes and tables."""
