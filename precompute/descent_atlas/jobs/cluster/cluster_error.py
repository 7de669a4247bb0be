"""Fault of a cluster, which Dask need not be installed to name."""


class ClusterError(Exception):
    """A fault of a cluster, or of its workers, that ends the command."""
