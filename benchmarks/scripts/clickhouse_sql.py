"""Gzip logs to the hosts that asked for robots.txt, with ClickHouse, in this process.

The format ``LineAsString`` takes a third of the time of ``CustomSeparated``, a fifth of ``Regexp``.
"""

import sys

import chdb

QUERY = r"""
SELECT DISTINCT substring(line, 1, position(line, ' ') - 1)
FROM file('{logs}', LineAsString, 'line String')
WHERE line LIKE '% /robots.txt %' AND splitByChar(' ', line)[7] = '/robots.txt'
"""

logs = f"{sys.argv[1]}/*.gz".replace("\\", r"\\").replace("'", r"\'")
sys.stdout.write(str(chdb.query(QUERY.format(logs=logs), "TSVRaw")))
