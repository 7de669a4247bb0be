"""Descents: one loop that runs any optimizer on any objective, from one start or a grid."""
