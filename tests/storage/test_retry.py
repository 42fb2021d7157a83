import gzip
import random
import subprocess
import sys
import time

import fsspec
import pytest
import stamina
from findrobots.errors import UnreachableError
from findrobots.reading.search import read_lines
from findrobots.records import Lines
from findrobots.storage.remote import prefetch
from findrobots.storage.retry import is_transient, retry
from findrobots.storage.urls import list_logs
from support.objects import placed
from support.servers import Proxy, http_server, served

# Text that stays large when it is compressed, so that a connection breaks mid-file.
NOISE = random.Random(4).randbytes(300_000).hex().encode()  # noqa: S311 (not a secret)
TEXT = b"one /robots.txt\n" + NOISE + b"\n" + b"x /robots.txt\n" * 200


class HttpError(Exception):
    def __init__(self, status):
        super().__init__(status)
        self.status = status


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """A directory with a large log; there are no pauses between attempts."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    (tmp_path / "a.gz").write_bytes(gzip.compress(TEXT))
    with stamina.set_testing(testing=True, attempts=3):
        yield tmp_path
    fsspec.get_filesystem_class("http").clear_instance_cache()


def read(url, **sizes):
    for log in prefetch([placed(url)], **sizes) if sizes else [placed(url)]:
        *items, status = read_lines(log, containing=(b"/robots.txt",))
    return sum(len(item.offsets) for item in items if isinstance(item, Lines)), status


@pytest.mark.parametrize("after", [20_000, 200_000])
def test_a_connection_that_breaks_halfway_is_reopened(stored, after):
    with http_server(stored) as address:
        proxy = Proxy(address, breaks=2, after=after)
        with served(proxy) as proxied:
            count, status = read(f"{proxied}/a.gz")
    assert (count, status.damage) == (201, "")
    assert status.bytes_stored == (stored / "a.gz").stat().st_size
    assert proxy.broken == 2


def test_a_connection_that_always_breaks_is_damage_of_the_log(stored):
    with http_server(stored) as address, served(Proxy(address, breaks=99)) as proxied:
        _, status = read(f"{proxied}/a.gz?sig=secret")
    assert status.source == f"{proxied}/a.gz"
    assert status.damage
    assert "secret" not in status.damage


def test_an_object_whose_connection_breaks_is_read_completely_or_damaged(
    stored, s3, s3_address, monkeypatch
):
    s3.put(str(stored / "a.gz"), "logs/a.gz")
    for breaks, spared, damaged in ((2, 0, False), (2, 1, False), (10_000, 1, True)):
        proxy = Proxy(s3_address, breaks=breaks, spared=spared)
        with served(proxy) as proxied:
            monkeypatch.setenv("AWS_ENDPOINT_URL", proxied)
            monkeypatch.setattr(type(s3), "retries", 1)
            type(s3).clear_instance_cache()
            count, status = read("s3://logs/a.gz", range_size=100_000)
        assert bool(status.damage) == damaged
        assert damaged or count == 201
        assert proxy.broken >= 2


def test_a_web_server_without_ranges_is_read_as_a_stream(stored):
    with http_server(stored) as address:
        count, status = read(f"{address}/a.gz", range_size=10_000)
    assert (count, status.damage) == (201, "")


def test_an_error_names_a_server_that_is_down(stored):
    assert stored.is_dir()
    with pytest.raises(UnreachableError, match=r"http://127\.0\.0\.1:1/a\.gz: Cannot be reached"):
        list_logs("http://127.0.0.1:1/a.gz", bool, bool)


class Clock:
    """A clock that only pauses advance, and each call of a failing function."""

    def __init__(self, monkeypatch, call_seconds=0):
        self.now, self.pauses, self.calls, self.call_seconds = 1000, [], 0, call_seconds
        monkeypatch.setattr(time, "sleep", self.sleep)
        monkeypatch.setattr(time, "monotonic", lambda: self.now)

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds

    def fail(self):
        self.calls += 1
        self.now += self.call_seconds
        raise ConnectionResetError


def test_attempts_are_bounded_and_the_pauses_double(monkeypatch):
    clock = Clock(monkeypatch)
    with pytest.raises(ConnectionResetError):
        retry(clock.fail)
    assert clock.calls == 5
    schedule = (0.25, 0.5, 1, 2)
    assert len(clock.pauses) == len(schedule)
    assert all(0 <= pause - due <= 0.25 for pause, due in zip(clock.pauses, schedule, strict=True))


@pytest.mark.parametrize(("call_seconds", "calls"), [(4, 4), (9.5, 3), (11, 2)])
def test_no_attempt_begins_ten_seconds_after_the_first_error(monkeypatch, call_seconds, calls):
    clock = Clock(monkeypatch, call_seconds)
    with pytest.raises(ConnectionResetError):
        retry(clock.fail)
    assert clock.calls == calls


@pytest.mark.parametrize(
    "errors",
    [[FileNotFoundError], [OSError, KeyError], [OSError, KeyboardInterrupt]],
    ids=["at once", "at the second attempt", "an interrupt"],
)
def test_a_permanent_error_and_an_interrupt_end_the_attempts(errors):
    left = list(errors)

    def fail():
        raise left.pop(0)

    with stamina.set_testing(testing=True, attempts=5), pytest.raises(errors[-1]):
        retry(fail)
    assert not left


def test_what_the_last_attempt_returns_is_returned():
    results = [ConnectionResetError(), TimeoutError(), "done"]

    def call():
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    with stamina.set_testing(testing=True, attempts=5):
        assert retry(call) == "done"


def test_our_retries_are_not_logged_but_those_of_others_are():
    code = """
import logging, stamina
from findrobots.storage.retry import retry
logging.basicConfig(format="%(name)s %(stamina.callable)s")
def fail_once(errors):
    if errors:
        raise errors.pop()
with stamina.set_testing(True, attempts=2):
    retry(lambda errors=[OSError("http://host/a?sig=secret")]: fail_once(errors))
    stamina.retry(on=OSError)(fail_once)([OSError("other")])
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("", "stamina __main__.fail_once\n")


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (TimeoutError(), True),
        (OSError("reset"), True),
        *((HttpError(status), True) for status in (408, 429, 500, 503)),
        *((HttpError(status), False) for status in (401, 403, 410)),
        (FileNotFoundError(), False),
        (PermissionError(), False),
    ],
    ids=repr,
)
def test_which_errors_are_transient(error, passes):
    assert is_transient(error) == passes
