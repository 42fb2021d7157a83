"""Commands to processes that tests look into, and end."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

COMMAND = (sys.executable, "-m", "findrobots")
LIBC = ctypes.CDLL(None)
# From linux/prctl.h and linux/capability.h.
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
# A process that is killed, or may write no file, can note no coverage.
UNMEASURED = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


def unmeasured(*arguments, **options):
    """Run the command without coverage."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        env=UNMEASURED,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **options,
    )


def obey_permissions():
    """Give up what lets root read and write what it may not, before a command is started."""
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):  # capabilities(7)
        LIBC.prctl(PR_CAPBSET_DROP, capability)


def group_of(process):
    """List the processes of a process group, the dead ones left out."""
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == process.pid and fields[0] != "Z":
            members.append(int(stat.parent.name))
    return members


def readers(process, place):
    """List the processes of a process group that hold a file open whose path ends so."""
    found = set()
    for member in group_of(process):
        for link in Path(f"/proc/{member}/fd").glob("*"):
            try:
                if str(link.readlink()).endswith(place):
                    found.add(member)
            except OSError:
                continue
    return sorted(found)


def until(fact, process=None):
    """Wait until something is so, while a process runs, and return what it is then."""
    deadline = time.monotonic() + 30
    while not (value := fact()):
        assert time.monotonic() < deadline
        assert process is None or process.poll() is None
        time.sleep(0.02)
    return value


def start(endless, tmp_path, *arguments, workers=0):
    """Start a scan of logs that never end, and wait until it has come to them."""
    process = subprocess.Popen(
        [*COMMAND, "scan", f"{endless}/*.log", "-o", "x.parquet", *arguments],
        cwd=tmp_path,
        env=UNMEASURED,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Whoever runs the tests in the background has the signal ignored, and so their children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (it takes no lock)
    )
    until(lambda: len(group_of(process)) >= 1 + workers, process)
    until(lambda: readers(process, "/endless/a.log"), process)
    return process
