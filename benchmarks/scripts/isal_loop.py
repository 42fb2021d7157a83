"""A folder of gzip logs to nothing: open, read and decompress each, in one Python loop."""

import os
import sys

from isal import igzip

for entry in os.scandir(sys.argv[1]):
    with open(entry.path, "rb", buffering=0) as file:  # noqa: PTH123 (Path is slower)
        igzip.decompress(file.read())
