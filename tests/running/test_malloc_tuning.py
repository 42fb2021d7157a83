import ctypes
import os
import subprocess
import sys

import findrobots.__main__
import findrobots.cli.main
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


MEMORY_POOL = "ARROW_DEFAULT_MEMORY_POOL"


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


ALLOCATOR = """
from findrobots.running.malloc_tuning import use_malloc
use_malloc()
import pyarrow
print(pyarrow.default_memory_pool().backend_name)
"""


@pytest.mark.parametrize(
    ("chosen", "used"), [({}, "system"), ({MEMORY_POOL: "mimalloc"}, "mimalloc")]
)
def test_arrow_uses_malloc_unless_the_user_chose_an_allocator(chosen, used):
    environment = {name: value for name, value in os.environ.items() if name != MEMORY_POOL}
    done = subprocess.run(
        [sys.executable, "-c", ALLOCATOR],
        env=environment | chosen,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{used}\n"


def test_the_command_chooses_it(monkeypatch):
    monkeypatch.setattr(findrobots.__main__, "reduce_gc", lambda: None)
    monkeypatch.setattr(findrobots.cli.main, "main", lambda: None)
    monkeypatch.setenv(MEMORY_POOL, "")  # so that it is put back
    monkeypatch.delenv(MEMORY_POOL)
    findrobots.__main__.main()
    assert os.environ[MEMORY_POOL] == "system"
