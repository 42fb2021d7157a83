"""Gzip logs to requests and bytes by host and user agent, with ClickHouse, in this process.

The result is a Parquet file. Lines that the pattern does not match are skipped.
"""

import sys

import chdb

LINE = (
    r'^(\S+) \S+ .+? \[[^\]]+\] "(?:[^"\\]|\\.)*" \d{3} (\S+) "(?:[^"\\]|\\.)*" "((?:[^"\\]|\\.)*)"'
)
QUERY = """
SELECT host, user_agent, count() AS requests, sum(toInt64OrZero(size)) AS bytes_sent
FROM file('{logs}', Regexp, 'host String, size String, user_agent String')
GROUP BY host, user_agent
INTO OUTFILE '{table}' TRUNCATE FORMAT Parquet
SETTINGS format_regexp = '{line}', format_regexp_skip_unmatched = 1
"""


def quoted(text: str) -> str:
    """Return a text as it is written in a string of SQL."""
    return text.replace("\\", r"\\").replace("'", r"\'")


logs, table = map(quoted, (f"{sys.argv[1]}/*.gz", sys.argv[2]))
chdb.query(QUERY.format(logs=logs, table=table, line=quoted(LINE)))
