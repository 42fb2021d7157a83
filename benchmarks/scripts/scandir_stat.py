"""A folder to nothing: list its files and look up the status of each, in one Python loop."""

import os
import sys

for entry in os.scandir(sys.argv[1]):
    entry.stat()
