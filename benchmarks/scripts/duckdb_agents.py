"""Gzip logs to requests and bytes by host and user agent, with DuckDB's reader of CSV.

The result is a Parquet file. Rows that the reader cannot parse are left out; with its strict
mode, these would be all lines with a quote within quotes.
"""

import sys

import duckdb

COLUMNS = ("host", "ident", "user", "time", "zone", "request", "status", "size", "referer", "agent")
QUERY = """
COPY (
    SELECT host, agent, count(*) AS requests, sum(try_cast(size AS BIGINT)) AS bytes_sent
    FROM read_csv($logs, delim = ' ', quote = '"', escape = '\\', header = false,
                  auto_detect = false, ignore_errors = true, strict_mode = false,
                  columns = $columns)
    GROUP BY host, agent
) TO '{table}' (FORMAT parquet)
"""

logs, table = f"{sys.argv[1]}/*.gz", sys.argv[2].replace("'", "''")
duckdb.execute(
    QUERY.format(table=table), {"logs": logs, "columns": dict.fromkeys(COLUMNS, "VARCHAR")}
)
