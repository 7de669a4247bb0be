"""Parts of a manifest: planes, curvature, rescaled networks, segments, lotteries, batch paths."""
