"""Statistics of measurements: association, intervals, designs, and the turning of paths."""
