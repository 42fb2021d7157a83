"""Run flows: in this process, in threads or processes, or on a Dask cluster."""
