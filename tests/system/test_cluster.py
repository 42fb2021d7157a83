import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress
from contextvars import copy_context
from functools import partial
from pathlib import Path

import dask
import dask.bag as db
import distributed
import findrobots
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from findrobots.cli.main import cli
from findrobots.errors import (
    ClusterError,
    KilledWorkersError,
    WorkerAccessError,
    WorkerVersionError,
)
from findrobots.flow import ScanOptions
from findrobots.jobs import build, ranges
from findrobots.jobs.ranges import join_ranges as join
from findrobots.jobs.scan import scan_logs
from findrobots.jobs.update import update_table
from findrobots.robots.filter import RequestFilter
from findrobots.running.local import LocalRunner
from findrobots.running.notices import listen
from findrobots.running.partitions import Partition, pack
from findrobots.running.progress import ByteCounter
from findrobots.running.schedulers import connect, find_cluster
from findrobots.storage.discovery import find_sources
from findrobots.tables.host_table import empty_host_table
from findrobots.tables.shards import list_shards
from support.clusters import cluster, scheduler, worker
from support.objects import placed
from support.processes import COMMAND, UNMEASURED, group_of, until
from support.project import PROJECT
from support.samples import combined, lines
from support.scans import update
from support.servers import free_port

pytestmark = pytest.mark.cluster


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


def test_the_table_of_a_cluster_is_the_same_to_the_byte(many, run_command, tmp_path, address):
    for place in ("sync", address):
        done = run_command("scan", many, "-o", f"{place[:3]}.parquet", "--scheduler", place)
        assert done.returncode == 0
        assert done.stderr.count("\n") == len(done.stderr.splitlines())
        assert "distributed" not in done.stderr
    assert (tmp_path / "tcp.parquet").read_bytes() == (tmp_path / "syn.parquet").read_bytes()


def test_the_workers_of_a_cluster_share_a_large_plain_log(tmp_path, client, monkeypatch):
    log = tmp_path / "access.log"
    log.write_bytes(lines(0, 10_000) * 20)
    expected = update(empty_host_table(RequestFilter()), find_sources(log))
    scans = []
    monkeypatch.setattr(ranges, "RANGE_SIZE", 1 << 20)
    monkeypatch.setattr(ranges, "GZIP_RANGE_SIZE", 1 << 20)
    monkeypatch.setattr(ranges, "join_ranges", lambda *found: scans.append(found) or join(*found))
    found = update(empty_host_table(RequestFilter()), find_sources(log), scheduler=client)
    assert found == expected
    assert len(scans[0][0].ranges) == 8


def test_an_update_on_a_cluster_gives_the_bytes_of_one_scan(logs, run_command, tmp_path, address):
    run_command("scan", logs, "-o", "once.parquet", "--scheduler", "sync")
    for part in (logs / "c", logs):
        run_command("scan", part, "-o", "again.parquet", "--update", "--scheduler", address)
    assert (tmp_path / "again.parquet").read_bytes() == (tmp_path / "once.parquet").read_bytes()


def test_a_client_and_what_has_an_address_are_taken(logs, client):
    found = findrobots.find_robots(logs, scheduler="sync")
    assert findrobots.find_robots(logs, scheduler=client).equals(found)
    assert client.status == "running"


def test_auto_is_the_cluster_that_dask_is_configured_to_have(address):
    assert find_cluster() is None
    with dask.config.set({"scheduler-address": address}):
        assert find_cluster() == address
        with connect() as runner:
            assert runner.client.scheduler.address == address
        with connect("sync") as runner:
            assert isinstance(runner, LocalRunner)
    with distributed.Client(address) as active:
        assert find_cluster() is active
        with connect() as runner:
            assert runner.client is active


def test_auto_obeys_dasks_configuration_before_an_active_client_or_an_address(address, client):
    threads = {"scheduler": "threads", "scheduler-address": address}
    with dask.config.set(threads), connect() as runner:
        assert isinstance(runner, LocalRunner)
    with dask.config.set({"scheduler": client}), connect() as runner:
        assert runner.client is client
    distant = {"scheduler": "distributed", "scheduler-address": address}
    with dask.config.set(distant), connect() as runner:
        assert runner.client.scheduler.address == address
    with distributed.Client(address) as active, dask.config.set({"scheduler": "sync"}):
        with connect() as runner:
            assert isinstance(runner, LocalRunner)
        with connect("distributed") as runner:
            assert runner.client is active
        assert active.status == "running"


def test_the_environment_names_the_cluster(logs, run_command):
    done = run_command("scan", logs, env={"DASK_SCHEDULER_ADDRESS": "what://ever"})
    assert done.returncode == 1
    assert done.stderr.startswith("findrobots: --scheduler: what://ever: cannot connect (")
    assert done.stderr.count("\n") == 1


def test_local_starts_a_cluster_and_ends_it(logs, run_command):
    done = run_command("scan", logs, "-q", "--scheduler", "local-cluster", "--workers", 1)
    assert (done.returncode, done.stderr) == (0, run_command("scan", logs, "-q").stderr)
    assert done.stdout == run_command("scan", logs, "-q").stdout


def test_ctrl_c_ends_a_cluster_here_in_one_line(tmp_path):
    pipe = tmp_path / "pipe.log"
    os.mkfifo(pipe)
    held = os.open(pipe, os.O_RDWR)
    scan = subprocess.Popen(
        [*COMMAND, "scan", pipe, "--scheduler", "local-cluster", "--workers", "1"],
        env=UNMEASURED,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Whoever runs the tests in the background has the signal ignored, and so their children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (it takes no lock)
    )
    until(lambda: holders(pipe), scan)
    os.killpg(scan.pid, signal.SIGINT)
    _, printed = scan.communicate(timeout=30)
    os.close(held)
    assert (scan.returncode, printed.strip()) == (
        130,
        "findrobots: interrupted, nothing was written",
    )
    until(lambda: not group_of(scan))


def test_tasks_have_readable_names(many, client):
    prefixes = lambda dask_scheduler: set(dask_scheduler.task_prefixes)  # noqa: E731 (sent by value)
    with connect(client) as runner:
        sources = find_sources(many)  # of two partitions and more, so that results are merged
        update_table(empty_host_table(RequestFilter()), sources, ScanOptions(), runner)
    names = {name for name in client.run_on_scheduler(prefixes) if "robots" in name}
    assert names == {"find-robots-part", "find-robots-aggregate"}


def test_progress_receives_the_bytes_that_workers_read(many, client, tmp_path):
    progress = ByteCounter(str(tmp_path / "progress"))
    sources = find_sources(many)
    with connect(client) as runner:
        scan_logs(pack(sources, 1), ScanOptions(), runner, progress=progress)
    until(lambda: Path(progress.path).exists())
    counts = Path(progress.path).read_bytes()
    read = sum(int.from_bytes(counts[at : at + 8], "little") for at in range(0, len(counts), 8))
    assert 0.5 < read / sum(source.size for source in sources) <= 1


def test_only_workers_need_to_read_the_logs(s3, logs, client):
    s3.put(str(logs), "logs/site", recursive=True)
    found = findrobots.find_robots("s3://logs/site", scheduler=client)
    here = findrobots.find_robots(logs, scheduler="sync")
    assert found.drop_columns("source").equals(here.drop_columns("source"))


def holders(path):
    """List the other processes that hold a file open."""
    found = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if str(link.readlink()) == str(path):
                found.add(int(link.parts[2]))
    return found - {os.getpid()}


def test_the_death_of_a_worker_is_survived(many, client, tmp_path):
    pipe = tmp_path / "pipe.log"
    os.mkfifo(pipe)
    held = os.open(pipe, os.O_RDWR)
    sources, found = find_sources([many / "0.log", many / "1.log", pipe]), []

    def run():
        with connect(client) as runner:
            found.append(scan_logs(pack(sources, 2), ScanOptions(), runner))

    scan = threading.Thread(target=run)
    scan.start()
    [reader] = until(lambda: holders(pipe))
    os.kill(reader, signal.SIGKILL)
    until(lambda: holders(pipe) - {reader})
    os.write(held, combined(host="192.0.2.77") + b"\n")
    os.close(held)
    scan.join(60)
    assert found[0].hosts["host"].to_pylist() == ["192.0.2.0", "192.0.2.1", "192.0.2.77"]


def whole(folder):
    """Return the rows of all shards."""
    shards = map(pq.read_table, list_shards(folder))
    return pa.concat_tables(shards, promote_options="none").sort_by("host")


def test_shards_of_a_cluster_are_the_table_of_one_file(many, run_command, tmp_path, address):
    done = run_command("scan", many, "-o", "out", "--shards", 3, "--scheduler", address)
    assert (done.returncode, len(list_shards(tmp_path / "out"))) == (0, 3)
    assert whole(tmp_path / "out").equals(findrobots.find_robots(many, scheduler="sync"))


@pytest.fixture
def patient(client):
    """Let tasks survive as many deaths as Dask does by default: all workers may die at once."""

    def allow(failures):
        client.run_on_scheduler(
            lambda dask_scheduler: setattr(dask_scheduler, "allowed_failures", failures)
        )

    allow(3)
    yield client
    allow(1)


def test_what_dead_workers_had_put_on_the_disk_counts_once(many, run_command, tmp_path, patient):
    pipe = many / "pipe.log"
    os.mkfifo(pipe)
    held, done = os.open(pipe, os.O_RDWR), []
    options = ("-o", "out", "--shards", 3, "--scheduler", patient.scheduler.address)
    scan = threading.Thread(target=lambda: done.append(run_command("scan", many, pipe, *options)))
    scan.start()
    [reader] = until(lambda: holders(pipe))
    spilled = tmp_path / ".out.new" / "scratch"
    until(lambda: len(list(spilled.iterdir())) == 3)  # the fourth log is before the pipe
    for worker_pid in patient.run(os.getpid).values():
        os.kill(worker_pid, signal.SIGKILL)
    until(lambda: holders(pipe) - {reader})
    until(lambda: len(list(spilled.iterdir())) > 3)  # what was done is done again
    os.write(held, combined(host="192.0.2.77") + b"\n")
    os.close(held)
    scan.join(60)
    assert done[0].returncode == 0, done[0].stderr
    pipe.unlink()
    pipe.write_bytes(combined(host="192.0.2.77") + b"\n")
    assert whole(tmp_path / "out").equals(findrobots.find_robots(many, scheduler="sync"))
    assert not spilled.parent.exists()


def killing(*, merging=False):
    """Return a flow in which a path, or the merge, kills each worker that runs it."""

    # Inside, so that it is sent to workers by value: they cannot import a test.
    def read(log):
        path, _ = log
        if path == "/killer.log":
            os.kill(os.getpid(), signal.SIGKILL)
        return 1

    def merge(counts):
        if merging:
            os.kill(os.getpid(), signal.SIGKILL)
        return sum(counts)

    def flow(partitions, **_):
        bag = db.from_sequence(partitions, npartitions=len(partitions)).flatten().map(read)
        return bag.reduction(sum, merge, name="read")

    return flow


def compute(scheduler, flow, partitions):
    with connect(scheduler) as runner:
        return runner.compute(flow, partitions)


def test_a_source_that_kills_each_worker_is_named(client):
    partitions = [Partition((f"/{n}.log", "/killer.log"[n * 99 :])) for n in range(3)]
    with pytest.raises(KilledWorkersError, match=r"^2 workers died while they read /killer\.log,"):
        compute(client, killing(), partitions)


def test_a_source_that_is_alone_and_kills_each_worker_is_named(client):
    with pytest.raises(KilledWorkersError, match=r"^2 workers died while they read /killer\.log,"):
        compute(client, killing(), [Partition(("/killer.log",))])


def test_workers_that_die_over_shards_are_reported(client):
    kill = lambda _: os.kill(os.getpid(), signal.SIGKILL)  # noqa: E731 (sent by value)
    killed = pytest.raises(KilledWorkersError, match=r"^2 workers died while they wrote shards, ")
    with connect(client) as runner, killed:
        runner.gather(db.from_sequence([1]).map(kill), 1)


def test_where_no_source_kills_none_is_named(client):
    with pytest.raises(KilledWorkersError, match="2 workers died while they merged what was"):
        compute(client, killing(merging=True), [Partition(("/a",)), Partition(("/b",))])


def test_a_log_that_a_worker_does_not_see_is_named(logs, client, monkeypatch):
    monkeypatch.chdir(logs.parent)
    with pytest.raises(
        WorkerAccessError, match=r"^Worker tcp://.* has no access to logs/\S+\. Use an"
    ):
        findrobots.find_robots("logs", scheduler=client)


@pytest.fixture(scope="module")
def uneven(tmp_path_factory):
    """The addresses of a cluster and of its one worker that has no s3fs, and sees no shards."""
    folder, poor = tmp_path_factory.mktemp("uneven"), tmp_path_factory.mktemp("poor")
    (poor / "s3fs.py").write_text("raise ImportError('none here')")
    (poor / "sitecustomize.py").write_text(
        "import os\n"
        "see = os.access\n"
        "os.access = lambda place, mode: '.new' not in place and see(place, mode)\n"
    )
    with (
        scheduler(folder) as address,
        worker(folder, address, "--no-nanny"),
        worker(
            folder, address, "--no-nanny", "--name", "poor", PYTHONPATH=f"{poor}:{PROJECT}/pipeline"
        ),
        distributed.Client(address, set_as_default=False) as client,
    ):
        client.wait_for_workers(2, timeout=30)
        workers = client.scheduler_info()["workers"]
        [lacking] = [place for place, worker in workers.items() if worker["name"] == "poor"]
        yield address, lacking


@pytest.mark.parametrize("url", ["s3://logs/a.log", "zip://a.log::s3://logs/a.zip"])
def test_the_worker_that_lacks_what_reads_a_url_is_named_before_the_scan(uneven, url):
    address, lacking = uneven
    with pytest.raises(WorkerAccessError) as caught:
        compute(address, killing(), [Partition((__file__, url), objects={url: placed(url)})])
    assert caught.value.args == (
        lacking,
        f"has no support for {url}",
        "on that machine: pip install 'findrobots[s3]'",
    )


def test_the_worker_that_does_not_see_where_shards_go_is_named(uneven, logs, run_command):
    address, lacking = uneven
    done = run_command("scan", logs, "-o", "out", "--shards", 2, "--scheduler", address)
    assert done.returncode == 1
    assert done.stderr == (
        f"findrobots: Worker {lacking} has no access to {logs.parent}/.out.new/temporary. "
        "Use an absolute path that all machines share, or URLs of logs.\n"
    )
    assert [path.name for path in logs.parent.iterdir()] == ["logs"]


@pytest.mark.parametrize(
    ("file", "text", "there"),
    [
        (
            "findrobots.py",
            "raise ImportError('none here')",
            r"cannot import findrobots \(.*none here.*\)",
        ),
        (
            "sitecustomize.py",
            "import importlib.metadata as m; m.version = lambda _: '0.0.1'",
            r"has findrobots \S+ and dask 0\.0\.1, this machine has findrobots \S+ and dask 2",
        ),
    ],
)
def test_a_worker_that_runs_something_else_is_named(logs, tmp_path, file, text, there):
    (tmp_path / file).write_text(text)
    mismatch = rf"^Version mismatch: worker tcp://127\.0\.0\.1:\d+ {there}"
    with (
        cluster(tmp_path, "--no-nanny", PYTHONPATH=f"{tmp_path}:{PROJECT}/pipeline") as address,
        pytest.raises(WorkerVersionError, match=mismatch),
    ):
        findrobots.find_robots(logs, scheduler=address)


def test_a_scheduler_that_does_not_answer_is_waited_for_a_while():
    address = f"tcp://127.0.0.1:{free_port()}"
    refused = pytest.raises(ClusterError, match=r"cannot connect \(Timed out .* after 0\.5 s\)")
    with refused, connect(address, connect_timeout=0.5):
        pass


def test_a_cluster_without_workers_is_waited_for_a_while(tmp_path):
    with (
        scheduler(tmp_path) as address,
        pytest.raises(ClusterError) as caught,
        connect(address, worker_timeout=0.2),
    ):
        pass
    assert str(caught.value) == (
        f"{address}: no workers joined within 0.2 s. Start some: dask worker {address}"
    )


def test_a_wait_for_workers_is_printed_at_once(tmp_path):
    notices = []
    with scheduler(tmp_path) as address, suppress(ClusterError):
        copy_context().run(_connect_and_listen, address, notices.append)
    assert notices == [f"waiting for workers of {address}; start some: dask worker {address}"]


def _connect_and_listen(address, listener):
    listen(listener)
    with connect(address, worker_timeout=0.2):
        pass


def test_the_command_prints_that_it_waits_for_workers(tmp_path, logs):
    with scheduler(tmp_path) as address:
        process = subprocess.Popen(
            [*COMMAND, "scan", logs, "--scheduler", address],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        first = process.stderr.readline()
        assert first.startswith(f"findrobots: waiting for workers of {address}; start some: ")
        with worker(tmp_path, address):
            assert process.communicate(timeout=60)[1].startswith("4 hosts, ")
    assert process.returncode == 0


def test_without_the_extra_it_is_named(logs, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    missing = r"local-cluster: the package distributed is not installed\. Run pip"
    with pytest.raises(ClusterError, match=missing):
        findrobots.find_robots(logs, scheduler="local-cluster")


@pytest.fixture
def tls(tmp_path):
    """The environment of all parts of a cluster over TLS: one certificate for all."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cluster")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (tmp_path / "key.pem").write_bytes(key.private_bytes(pem, *plain))
    settings = {"CA_FILE": "cert.pem"}
    for role in ("CLIENT", "SCHEDULER", "WORKER"):
        settings |= {f"{role}__CERT": "cert.pem", f"{role}__KEY": "key.pem"}
    return {f"DASK_DISTRIBUTED__COMM__TLS__{n}": str(tmp_path / f) for n, f in settings.items()}


def test_a_cluster_over_tls_accepts_clients_with_its_certificate(logs, run_command, tmp_path, tls):
    with cluster(tmp_path, protocol="tls", **tls) as address:
        assert address.startswith("tls://")
        done = run_command("scan", logs, "-q", "--scheduler", address, env=tls)
        refused = run_command("scan", logs, "-q", "--scheduler", address)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == run_command("scan", logs, "-q").stdout
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"findrobots: --scheduler: {address}: cannot connect (TLS ")


@pytest.fixture
def losing(tmp_path):
    """A cluster of which a part dies when the scan of a pipe has begun: its address, the pipe."""
    with ExitStack() as stack:
        pipe = tmp_path / "pipe.log"
        os.mkfifo(pipe)
        (folder := tmp_path / "cluster").mkdir()
        failures = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "3"}
        address = stack.enter_context(cluster(folder, "--no-nanny", **failures))
        stack.callback(os.close, os.open(pipe, os.O_RDWR))  # before the workers end
        with distributed.Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=30)
            parts = {
                "scheduler": [client.run_on_scheduler(os.getpid)],
                "workers": [*client.run(os.getpid).values()],
            }

        def lose(part):
            until(lambda: holders(pipe))
            for pid in parts[part]:
                os.kill(pid, signal.SIGKILL)

        def begin(part):
            threading.Thread(target=lose, args=(part,)).start()
            return address, pipe

        yield begin


def test_a_scheduler_that_goes_away_ends_the_scan_in_one_line(losing, run_command, tmp_path):
    address, pipe = losing("scheduler")
    done = run_command("scan", pipe, "-o", "out", "--shards", 2, "--scheduler", address)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"findrobots: --scheduler: {address}: its scheduler went away. "
        "Check why it ended, and scan again"
    )
    assert "distributed" not in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"pipe.log", "cluster"}


def test_workers_that_all_go_away_are_waited_for_a_while(losing, tmp_path, monkeypatch):
    monkeypatch.setattr(build, "connect", partial(connect, worker_timeout=0.5))
    address, pipe = losing("workers")
    options = ["-q", "-o", str(tmp_path / "out"), "--shards", "2", "--scheduler", address]
    with pytest.raises(ClusterError, match=r"no workers joined within 0\.5 s\. Start some: dask w"):
        cli(["scan", str(pipe), *options], standalone_mode=False)
    assert {path.name for path in tmp_path.iterdir()} == {"pipe.log", "cluster"}
