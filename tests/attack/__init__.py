"""Attacks on the server and the offline job: what must never break them.

`make attack` runs all of them, a line each; `make test` leaves out those marked `long`. They speak
to 127.0.0.1 alone, are bounded in time, and end only what they started.
"""
