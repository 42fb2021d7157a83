import gzip
import random

import fsspec
import pytest
from findrobots.errors import UnreachableError
from findrobots.reading.search import read_lines
from findrobots.storage import remote
from findrobots.storage import retry as retries
from findrobots.storage.retry import is_transient, retry
from findrobots.storage.urls import list_logs
from support.servers import Proxy, http_server, served

# Text that stays large when it is compressed, so that a break comes in its midst.
NOISE = random.Random(4).randbytes(300_000).hex().encode()  # noqa: S311 (it is no secret)
TEXT = b"one /robots.txt\n" + NOISE + b"\n" + b"x /robots.txt\n" * 200


class Served(Exception):  # noqa: N818 (a fault as aiohttp has it)
    def __init__(self, status):
        super().__init__(status)
        self.status = status


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """A folder with a large log; pauses are short."""
    monkeypatch.setattr(retries, "PAUSES", (0, 0.01))
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    (tmp_path / "a.gz").write_bytes(gzip.compress(TEXT))
    yield tmp_path
    fsspec.get_filesystem_class("http").clear_instance_cache()


def reading_of(url):
    *lines, reading = read_lines(url, containing=(b"/robots.txt",))
    return sum(len(batch.offsets) for batch in lines), reading


@pytest.mark.parametrize("after", [20_000, 200_000])
def test_a_connection_that_breaks_halfway_is_made_anew(stored, after):
    with http_server(stored) as address:
        proxy = Proxy(address, breaks=2, after=after)
        with served(proxy) as behind:
            count, reading = reading_of(f"{behind}/a.gz")
    assert (count, reading.damage) == (201, "")
    assert reading.bytes_stored == (stored / "a.gz").stat().st_size
    assert proxy.broken == 2


def test_a_connection_that_always_breaks_is_damage_of_the_log_by_name(stored):
    with http_server(stored) as address, served(Proxy(address, breaks=99)) as behind:
        _, reading = reading_of(f"{behind}/a.gz?sig=secret")
    assert reading.source == f"{behind}/a.gz"
    assert reading.damage
    assert "secret" not in reading.damage


def test_an_object_whose_connection_breaks_is_read_whole_or_is_damage(
    stored, s3, s3_address, monkeypatch
):
    monkeypatch.setattr(remote, "RANGE_SIZE", 100_000)
    s3.put(str(stored / "a.gz"), "logs/a.gz")
    for breaks, spared, damaged in ((2, 0, False), (2, 1, False), (10_000, 1, True)):
        proxy = Proxy(s3_address, breaks=breaks, spared=spared)
        with served(proxy) as behind:
            monkeypatch.setenv("AWS_ENDPOINT_URL", behind)
            monkeypatch.setattr(type(s3), "retries", 1)
            type(s3).clear_instance_cache()
            count, reading = reading_of("s3://logs/a.gz")
        assert bool(reading.damage) == damaged
        assert damaged or count == 201
        assert proxy.broken >= 2


def test_a_web_server_without_ranges_is_read_as_a_stream(stored, monkeypatch):
    monkeypatch.setattr(remote, "RANGE_SIZE", 10_000)
    with http_server(stored) as address:
        count, reading = reading_of(f"{address}/a.gz")
    assert (count, reading.damage) == (201, "")


def test_a_server_that_is_not_there_is_named(stored):
    assert stored.is_dir()
    with pytest.raises(UnreachableError, match=r"http://127\.0\.0\.1:1/a\.gz: Cannot be reached"):
        list_logs("http://127.0.0.1:1/a.gz", bool, bool)


def test_tries_are_bounded_in_number_and_time(monkeypatch):
    tries, pauses = [], []

    def fail():
        tries.append(1)
        raise ConnectionResetError

    monkeypatch.setattr(retries.time, "sleep", pauses.append)
    with pytest.raises(ConnectionResetError):
        retry(fail)
    assert len(tries) == 5
    assert pauses == sorted(pauses)
    assert sum(pauses) < 10
    clock = iter(range(1, 1000, 9))
    monkeypatch.setattr(retries.time, "monotonic", lambda: next(clock))
    tries.clear()
    with pytest.raises(ConnectionResetError):
        retry(fail)
    assert len(tries) == 2


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (TimeoutError(), True),
        (OSError("reset"), True),
        *((Served(status), True) for status in (408, 429, 500, 503)),
        *((Served(status), False) for status in (401, 403, 410)),
        (FileNotFoundError(), False),
        (PermissionError(), False),
    ],
    ids=repr,
)
def test_what_another_try_may_mend(error, passes):
    assert is_transient(error) == passes
