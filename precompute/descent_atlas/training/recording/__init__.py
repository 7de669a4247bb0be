"""What a `Recorder` needs beside its files: the count of steps, checks before training, the end."""
