import datetime
import ipaddress
import os
import signal
import threading
import time
from pathlib import Path

import dask
import dask.bag as db
import distributed
import pytest
from clusters import cluster, scheduler, started
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from processes import until
from samples import combined, write_logs

import pipeline
from pipeline import cluster as module
from pipeline.cluster import find_cluster
from pipeline.errors import (
    ClusterError,
    KilledWorkersError,
    UnseenLogError,
    WorkerDiffersError,
)
from pipeline.progress import Meter
from pipeline.schedulers import Scheduler
from pipeline.sources import Partition, find_sources


@pytest.fixture(scope="session")
def address(s3_address, tmp_path_factory):
    """The address of a cluster of two workers, which the S3 server lets in."""
    there = {
        "AWS_ENDPOINT_URL": s3_address,
        "AWS_ACCESS_KEY_ID": "tests-key",
        "AWS_SECRET_ACCESS_KEY": "tests-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with cluster(tmp_path_factory.mktemp("cluster"), **there) as address:
        yield address


@pytest.fixture
def client(address):
    with distributed.Client(address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=30)
        yield client


@pytest.fixture
def many(tmp_path):
    """Logs of which each is heavy enough for a partition of its own: 12 MB of requests."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(4):
        lines = [combined(host=f"192.0.2.{number}"), combined(request="GET / HTTP/1.1")]
        (folder / f"{number}.log").write_bytes(lines[0] + b"\n" + (lines[1] + b"\n") * 120_000)
    return folder


def test_the_table_of_a_cluster_is_the_same_to_the_byte(many, findrobots, tmp_path, address):
    for place in ("sync", address):
        done = findrobots("scan", many, "-o", f"{place[:3]}.parquet", "--scheduler", place)
        assert done.returncode == 0
        assert done.stderr.count("\n") == len(done.stderr.splitlines())
        assert "distributed" not in done.stderr
    assert (tmp_path / "tcp.parquet").read_bytes() == (tmp_path / "syn.parquet").read_bytes()


def test_an_update_on_a_cluster_gives_the_bytes_of_one_scan(logs, findrobots, tmp_path, address):
    findrobots("scan", logs, "-o", "once.parquet", "--scheduler", "sync")
    for part in (logs / "c", logs):
        findrobots("scan", part, "-o", "again.parquet", "--update", "--scheduler", address)
    assert (tmp_path / "again.parquet").read_bytes() == (tmp_path / "once.parquet").read_bytes()


def test_a_client_and_what_has_an_address_are_taken(logs, client):
    found = pipeline.find_robots(logs, scheduler="sync")
    assert pipeline.find_robots(logs, scheduler=client).equals(found)
    assert client.status == "running"


def test_auto_is_the_cluster_that_dask_is_configured_to_have(address):
    assert find_cluster("auto") == "auto"
    with dask.config.set({"scheduler-address": address}):
        assert find_cluster("auto") == address
        assert find_cluster("sync") == "sync"
    with distributed.Client(address) as active:
        assert find_cluster("auto") is active


def test_the_environment_names_the_cluster(logs, findrobots):
    done = findrobots("scan", logs, env={"DASK_SCHEDULER_ADDRESS": "what://ever"})
    assert done.returncode == 1
    assert done.stderr.startswith("findrobots: --scheduler what://ever: no answer within 10 s (")
    assert done.stderr.count("\n") == 1


def test_local_starts_a_cluster_and_ends_it(logs, findrobots):
    done = findrobots("scan", logs, "-q", "--scheduler", "local", "--workers", 1)
    assert (done.returncode, done.stderr) == (0, findrobots("scan", logs, "-q").stderr)
    assert done.stdout == findrobots("scan", logs, "-q").stdout


def test_tasks_bear_telling_names(logs, client):
    prefixes = lambda dask_scheduler: set(dask_scheduler.task_prefixes)  # noqa: E731 (sent by value)
    pipeline.update(
        pipeline.nothing_of(pipeline.choose_scope("/robots.txt")),
        find_sources(logs),
        scheduler=Scheduler(client),
    )
    names = {name for name in client.run_on_scheduler(prefixes) if "robots" in name}
    assert names == {"find-robots-part", "find-robots-aggregate"}


def test_a_meter_here_is_told_what_is_read_there(many, client, tmp_path):
    meter = Meter(str(tmp_path / "meter"))
    sources = find_sources(many)
    pipeline.scan(sources, scheduler=Scheduler(client), meter=meter)
    until(lambda: Path(meter.path).exists())
    counts = Path(meter.path).read_bytes()
    told = sum(int.from_bytes(counts[at : at + 8], "little") for at in range(0, len(counts), 8))
    assert 0.5 < told / sum(source.size for source in sources) <= 1


def test_only_workers_need_to_read_the_logs(s3, logs, client):
    s3.put(str(logs), "logs/site", recursive=True)
    found = pipeline.find_robots("s3://logs/site", scheduler=client)
    here = pipeline.find_robots(logs, scheduler="sync")
    assert found.drop_columns("source").equals(here.drop_columns("source"))


def test_the_death_of_a_worker_is_survived(many, client, tmp_path):
    (many / "pipe.log").symlink_to(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe")
    sources = find_sources(many / f"{number}.log" for number in ("0", "1", "pipe"))
    found = []
    scan = threading.Thread(
        target=lambda: found.append(pipeline.scan(sources, scheduler=Scheduler(client)))
    )
    scan.start()
    # A pipe can be opened for writing as soon as a worker waits in it.
    until(lambda: any(_holders(client, str(tmp_path / "pipe"))))
    [reader] = _holders(client, str(tmp_path / "pipe"))
    os.kill(reader, signal.SIGKILL)
    until(lambda: set(_holders(client, str(tmp_path / "pipe"))) - {reader})
    with (tmp_path / "pipe").open("wb") as pipe:
        pipe.write(combined(host="192.0.2.77") + b"\n")
    scan.join(60)
    assert found[0].hosts["host"].to_pylist() == ["192.0.2.0", "192.0.2.1", "192.0.2.77"]
