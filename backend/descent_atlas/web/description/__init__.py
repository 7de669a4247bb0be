"""The API's description: models of requests and responses, OpenAPI, and the reference page."""
