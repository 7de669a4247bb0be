"""The loss of any network at any point of its parameter space: losses, batches, buffers."""
