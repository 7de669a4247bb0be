"""ASGI middleware: checks on requests, response headers, path prefixes."""
