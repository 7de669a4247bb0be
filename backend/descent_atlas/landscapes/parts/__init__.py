"""Parts of a manifest: planes, curvature, segments, lotteries of planes, paths of batches."""
