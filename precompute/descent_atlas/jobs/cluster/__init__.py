"""Studies on a Dask cluster: leases in the shared folder, checks of workers, placement of jobs."""
