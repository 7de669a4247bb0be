"""Names and descriptions of what the API returns, for models that other rooms define."""
