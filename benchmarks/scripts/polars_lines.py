"""Gzip logs to the hosts that asked for robots.txt, with Polars.

``scan_lines`` is faster than ``scan_csv``, be it with spaces or with nothing that separates.
"""

import sys

import polars as pl

line = pl.col("line")
fields = line.str.split(" ").list
found = (
    pl.scan_lines(f"{sys.argv[1]}/*.gz", name="line")
    .filter(line.str.contains(" /robots.txt ", literal=True))
    .filter(fields.get(6) == "/robots.txt")
    .select(fields.get(0))
    .unique()
    .collect()
)
print(*found.to_series(), sep="\n")
