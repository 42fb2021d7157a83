"""Measure what a scan of a million logs on a hundred workers costs each part of a cluster.

``python -m benchmarks.swarm`` scans the logs on a real scheduler and real worker processes.
Each log has one line, but is declared to be 10 MB, so that the logs are packed and scheduled
as 10 TB are. The time that reading 10 TB takes is not measured.
"""

import argparse
import gzip
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from distributed import Client
from findrobots.flow import ScanOptions
from findrobots.jobs.update import update_table
from findrobots.robots.filter import RequestFilter
from findrobots.running.schedulers import connect
from findrobots.storage.discovery import find_sources
from findrobots.tables.host_table import empty_host_table
from findrobots.tables.parquet import write_host_table

from benchmarks.measure import PROC, peak

LOG_SIZE = 10_000_000
FOLDER_SIZE = 1_000
# Workers started at the same time: each takes a second of processor time to start.
BATCH = 10
BATCH_SECONDS = 120


def main() -> None:
    """Run the scan, and print its cost."""
    options = _parse_arguments()
    logs = options.cache / f"{options.logs}-logs-of-{options.hosts}-hosts"
    _make_logs(logs, options.logs, options.hosts)
    with tempfile.TemporaryDirectory(prefix="findrobots-swarm-") as folder, ExitStack() as stack:
        address_file = Path(folder, "scheduler.json")
        scheduler = stack.enter_context(
            _started(folder, "scheduler", "--port", "0", "--scheduler-file", str(address_file))
        )
        client = stack.enter_context(_workers(stack, address_file, scheduler, options.workers))
        _report(client, scheduler, logs, Path(folder, "hosts.parquet"))


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.swarm",
        description="Scan many logs on many workers of this machine.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    option = parser.add_argument
    cache = Path(tempfile.gettempdir(), "findrobots-swarm")
    option("--logs", type=int, default=1_000_000, help="number of logs")
    option("--workers", type=int, default=100, help="number of workers, about 100 MB each")
    option("--hosts", type=int, default=50_000, help="number of hosts in the logs")
    option("--cache", type=Path, default=cache, help="directory of the logs: 4 KB each")
    return parser.parse_args()


def _make_logs(folder: Path, logs: int, hosts: int) -> None:
    complete = folder / "complete"
    if complete.exists():
        return
    for number in range(logs):
        within = folder / f"{number // FOLDER_SIZE:04}"
        if number % FOLDER_SIZE == 0:
            within.mkdir(parents=True, exist_ok=True)
        host = number * 7919 % hosts
        line = (
            f"10.{host >> 16}.{host >> 8 & 255}.{host & 255} - - [23/Nov/2026:10:00:00 +0000] "
            f'"GET /robots.txt HTTP/1.1" 200 {number} "-" "robot{host % 97}/1.0"\n'
        )
        (within / f"edge-{number:07}.log.gz").write_bytes(gzip.compress(line.encode(), 1))
    complete.touch()


@contextmanager
def _started(folder: str, program: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", f"distributed.cli.dask_{program}", *arguments]
    with subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--no-dashboard"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def _workers(
    stack: ExitStack, address_file: Path, scheduler: subprocess.Popen[bytes], count: int
) -> Iterator[Client]:
    while not address_file.exists() and scheduler.poll() is None:
        time.sleep(0.1)
    with Client(scheduler_file=str(address_file), set_as_default=False) as client:
        for begun in range(0, count, BATCH):
            more = min(BATCH, count - begun)
            where = (
                "--scheduler-file",
                str(address_file),
                "--nthreads",
                "1",
                "--nworkers",
                str(more),
            )
            stack.enter_context(_started(str(address_file.parent), "worker", *where))
            client.wait_for_workers(begun + more, timeout=BATCH_SECONDS)
            print(f"{begun + more} workers", file=sys.stderr)
        yield client


def _report(client: Client, scheduler: subprocess.Popen[bytes], logs: Path, table: Path) -> None:
    """Scan, and print the seconds, memory and traffic of each part."""
    began = time.perf_counter()
    sources = [source._replace(size=LOG_SIZE) for source in find_sources(str(logs))]
    listed = time.perf_counter()
    busy, carried = _busy(scheduler.pid), _carried()
    with connect(client) as runner:
        nothing = empty_host_table(RequestFilter())
        hosts, _ = update_table(nothing, sources, ScanOptions(), runner)
    scanned = time.perf_counter()
    busy, carried = _busy(scheduler.pid) - busy, _carried() - carried
    with table.open("wb") as file:
        write_host_table(hosts, file)
    ended = time.perf_counter()
    workers = [peak(worker) for worker in client.run(os.getpid).values()]
    print(f"{hosts.ledger.num_rows:,} logs, {hosts.hosts.num_rows:,} hosts, {len(workers)} workers")
    print(f"listed in {listed - began:.1f} s, scanned in {scanned - listed:.1f} s, ", end="")
    print(
        f"ledger and table written in {ended - scanned:.1f} s ({table.stat().st_size / 1e6:.0f} MB)"
    )
    print(f"scheduler: {busy:.1f} s of a processor, {peak(scheduler.pid) / 1e6:.0f} MB")
    print(f"client: {peak(os.getpid()) / 1e6:.0f} MB; largest worker: {max(workers) / 1e6:.0f} MB")
    print(f"between all of them: {carried / 1e6:,.0f} MB")


def _busy(process: int) -> float:
    """Return the processor seconds that a process has used (proc_pid_stat(5))."""
    after_name = (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    return sum(map(int, after_name[11:13])) / os.sysconf("SC_CLK_TCK")


def _carried() -> int:
    """Return the bytes that the loopback has carried so far (sysfs-class-net-statistics)."""
    return int(Path("/sys/class/net/lo/statistics/rx_bytes").read_text())


if __name__ == "__main__":
    main()
