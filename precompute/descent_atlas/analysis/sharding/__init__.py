"""Parts of a grid that are evaluated apart: in which order, and by whom."""
