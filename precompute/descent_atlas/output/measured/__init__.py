"""What is measured around runs beside their own landscapes: lotteries, segments, batches."""
