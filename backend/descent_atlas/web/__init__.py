"""The HTTP server: settings, middleware, the API's description, routes."""
