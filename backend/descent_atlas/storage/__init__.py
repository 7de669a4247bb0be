"""Storage: atomic and durable writes, sealed JSON documents, NPZ files, a cache."""
