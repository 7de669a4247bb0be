"""Description of the API: models of requests and responses, OpenAPI, reference page."""
