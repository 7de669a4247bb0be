"""Statistics of measurements: association, and the turning of paths."""
