import ctypes
import os
import subprocess
import sys

import pytest

# Reads pages of new memory: without reuse, each block of 360 KiB has 90 of them.
PROGRAM = """
import resource
from findrobots.running.partitions import Partition
list(Partition(("a.log",)))
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(100):
        bytearray(b"x") * (360 * 1024)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(faults())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="another C library")
@pytest.mark.parametrize("threshold", [{}, {"MALLOC_TRIM_THRESHOLD_": "65536"}])
def test_blocks_reuse_memory_also_where_dask_sets_the_thresholds_of_malloc(threshold):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | threshold,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 500
