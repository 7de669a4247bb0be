"""The offline job: trains networks and computes their loss landscapes."""
