"""What a training loop consists of: its plan, its batches, its updates, its process."""
