"""Gzip logs to the hosts that asked for robots.txt, with DuckDB.

Whole lines, as one column that nothing separates: faster than to let the CSV reader
split all of them at their spaces.
"""

import sys

import duckdb

QUERY = r"""
SELECT DISTINCT split_part(line, ' ', 1)
FROM read_csv($logs, columns = {'line': 'VARCHAR'}, delim = chr(1), quote = '', escape = '',
              header = false, auto_detect = false)
WHERE contains(line, ' /robots.txt ') AND split_part(line, ' ', 7) = '/robots.txt'
"""

found = duckdb.execute(QUERY, {"logs": f"{sys.argv[1]}/*.gz"}).fetchall()
print(*(host for (host,) in found), sep="\n")
