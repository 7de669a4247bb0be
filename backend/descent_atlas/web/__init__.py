"""The HTTP server: settings, middleware, requests, responses, routes."""
