"""Middleware: what stands around every request."""
