"""Files: atomic, durable writes, and JSON documents that carry their own hash."""
