"""Text as samples: windows of characters, and which of them are frequent."""
