"""The HTTP interface: what it accepts, what it answers, and how."""
