"""Names of files, objects and archive members are text: none is opened as something else."""

import io
import os
import subprocess
import sys
import tarfile
import zipfile
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import findrobots
import fsspec
import pytest
from findrobots.storage.discovery import find_sources
from fsspec.registry import known_implementations
from hypothesis import given
from hypothesis import strategies as st
from support.examples import at_most
from support.samples import combined
from support.servers import LOOPBACK, served

pytestmark = pytest.mark.slow

# Runs the command, and reports whatever it does that reaches a file outside or a host.
WATCHED = """
import os, sys
from findrobots.cli.main import _run
outside = os.environ["OUTSIDE"]
def watch(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system"}:
        print("REACHED", event, file=sys.stderr)
    if event in {"open", "os.open"} and os.path.abspath(str(arguments[0])) == outside:
        print("REACHED", event, file=sys.stderr)
sys.addaudithook(watch)
status = _run(sys.argv[1:])
sys.stdout.flush()
sys.exit(status)
"""


class Asked(BaseHTTPRequestHandler):
    """Note each request, and answer with a log."""

    def do_GET(self):
        self.server.asked.append(self.path)
        text = combined(host="from-the-server") + b"\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_HEAD = do_GET  # noqa: N815 (as http.server has it)

    def log_message(self, *_):
        pass


@contextmanager
def unasked():
    """Serve a log that nobody may ask for; the server's host and port."""
    server = ThreadingHTTPServer((LOOPBACK, 0), Asked)
    server.asked = []
    with served(server) as address:
        yield address.removeprefix("http://")
        assert server.asked == []


@pytest.fixture
def outside(tmp_path):
    """A log that lies beside what is scanned."""
    path = tmp_path / "outside" / "outside.log"
    path.parent.mkdir()
    path.write_bytes(combined(host="from-outside") + b"\n")
    return path


def names_that_mean_something(host, outside):
    """Names of members that are URLs in each scheme of fsspec, chains, globs and options."""
    for scheme in sorted(known_implementations):
        yield f"{scheme}://{host}/{scheme}-a.log"
        yield f"{scheme}://{outside}"
        yield f"{scheme}::http://{host}/{scheme}-b.log"
    for name in (f"simplecache::http://{host}/x.log", f"x.log::file://{outside}"):
        yield from (name, f"in/{name}", f"{name}::{outside}")
    yield from (str(outside), f"../outside/{outside.name}", "~/a.log", "$HOME/b.log", "`c`.log")
    yield from ("--output=d.log", "-", "*.log", "[e].log", "f?.log", "g.log?versionId=1", "h.log#1")
    yield from ("i.log\nj.log", "k.log;l.log", "{m}.log", "%2e%2e%2fn.log", "C:\\o.log", "p:.log")


def host_of(name):
    return f"h{sha256(name.encode()).hexdigest()[:20]}"


def packed(kind, path, names):
    """An archive whose members have these names, each with a log of a host of its own."""
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, combined(host=host_of(name)) + b"\n")
        return
    with tarfile.open(path, "w") as archive:
        for name in names:
            text = combined(host=host_of(name)) + b"\n"
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))


def watched(outside, folder, *arguments):
    return subprocess.run(
        [sys.executable, "-c", WATCHED, *map(str, arguments)],
        cwd=folder, capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OUTSIDE": str(outside)},
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["zip", "tar"])
@pytest.mark.parametrize("members", ["", "**", "**/*.log"])
def test_a_member_whose_name_is_a_url_is_that_member_or_is_named(tmp_path, outside, kind, members):
    folder = tmp_path / "in"
    folder.mkdir()
    with unasked() as host:
        names = [*names_that_mean_something(host, outside)]
        packed(kind, folder / f"e.{kind}", names)
        url = f"{kind}://{members}::{folder}/e.{kind}"
        done = watched(outside, folder, "scan", url, "--include", "*", "--scheduler=sync")
        assert "REACHED" not in done.stderr
    found = {*done.stdout.split()}
    assert found <= {*map(host_of, names)}
    # All but those of which fsspec would take the beginning for its own scheme, or for a root.
    missed = {name for name in names if host_of(name) not in found}
    assert {name for name in missed if not name.startswith((f"{kind}:", "/"))} <= {
        name for name in names if members == "**/*.log" and not name.endswith(".log")
    }
    assert done.returncode == 3
    assert f"{len(missed)} logs could not be opened" in done.stderr or members == "**/*.log"


def test_an_archive_in_an_archive_is_a_chain_that_was_typed(tmp_path, outside):
    with unasked() as host:
        packed("zip", tmp_path / "inner.zip", [f"http://{host}/a.log", f"file://{outside}"])
        with tarfile.open(tmp_path / "outer.tar", "w") as archive:
            archive.add(tmp_path / "inner.zip", "x/inner.zip")
        url = f"zip://::tar://x/inner.zip::{tmp_path}/outer.tar"
        done = watched(outside, tmp_path, "scan", url, "--scheduler=sync")
        assert (done.returncode, "REACHED" in done.stderr) == (0, False)
        assert {*done.stdout.split()} == {
            host_of(f"http://{host}/a.log"),
            host_of(f"file://{outside}"),
        }


def test_an_update_asks_for_no_place_that_a_table_names(tmp_path, outside):
    with unasked() as host:
        packed("zip", tmp_path / "e.zip", [f"http://{host}/a.log", f"file://{outside}"])
        for _ in range(2):
            done = watched(
                outside, tmp_path, "scan", "zip://::e.zip", "-o", "t.parquet", "--update", "-q",
                "--scheduler=sync",
            )  # fmt: skip
            assert (done.returncode, done.stderr) == (0, "")
            packed("zip", tmp_path / "e.zip", [f"http://{host}/b.log", f"file://{outside}"])
        merged = watched(outside, tmp_path, "merge", "t.parquet", "-o", "u.parquet")
        assert "REACHED" not in merged.stderr
    table = findrobots.read_hosts(tmp_path / "u.parquet")
    assert host_of(f"file://{outside}") in table["host"].to_pylist()


def test_the_keys_of_objects_are_keys(s3, tmp_path, outside):
    with unasked() as host:
        keys = [
            f"x.log::file://{outside}",
            f"http://{host}/evil.log",
            f"file://{outside}",
            "s3://logs/other.log",
            "*.log",
            "a.log",
            "a.log?versionId=1",
        ]
        for key in keys:
            s3.call_s3("put_object", Bucket="logs", Key=key, Body=combined(host=host_of(key)))
        done = watched(
            outside, tmp_path, "scan", "s3://logs/", "--include", "*", "--scheduler=sync"
        )
    for key in keys:  # the file system would remove others
        s3.call_s3("delete_object", Bucket="logs", Key=key)
    assert {*done.stdout.split()} == {*map(host_of, keys[:-1])}
    assert "a.log?versionId=1: its name would be understood as another one" in done.stderr
    assert done.returncode == 3
    assert not [line for line in done.stderr.splitlines() if line == "REACHED open"]


def test_files_and_folders_of_this_machine_are_called_as_they_like(tmp_path, outside):
    with unasked() as host:
        names = ["s3:/b/a.log", "a::b.log", f"http:/{host}/a.log", "-", "--output=x.log", "*.log"]
        names += ["file:/x.log", "zip:/::x.log", "~/b.log", f"x.log::file:{outside.name}"]
        for name in names:
            path = tmp_path / "logs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(combined(host=host_of(name)) + b"\n")
        for target in (".", tmp_path / "logs"):
            done = watched(
                outside, tmp_path / "logs", "scan", target, "--include", "*", "-o", "../t.parquet",
                "--update", "--scheduler=sync",
            )  # fmt: skip
            assert (done.returncode, "REACHED" in done.stderr) == (0, False)
    table = findrobots.read_hosts(tmp_path / "t.parquet")
    assert {*table["host"].to_pylist()} == {*map(host_of, names)}
    assert table["requests"].to_pylist() == [1] * len(names)


PIECES = st.sampled_from(
    ("http:", "file:", "s3:", "zip:", "/", "//", "::", "..", ".", "a", "*", "?", "#", "@", "~", "[")
)
NAMES = st.lists(PIECES | st.text(max_size=3), min_size=1, max_size=8).map("".join)


@given(st.lists(NAMES, min_size=1, max_size=5, unique=True))
@at_most(150)
def test_whatever_a_name_is_its_object_is_read_or_reported(tmp_path_factory, names):
    path = tmp_path_factory.mktemp("names") / "e.zip"
    names = {
        name.replace("\0", "").encode(errors="replace").decode().rstrip("/") for name in names
    } - {""}
    if not names:
        return
    packed("zip", path, names)
    with zipfile.ZipFile(path) as archive:
        members = [each.filename for each in archive.infolist()]
    found = find_sources(f"zip://::{path}", findrobots.storage.discovery.NamePatterns(("*",), ()))
    assert sorted(source.stored.path for source in found) == sorted(members)
    assert {source.path for source in found} == {f"zip://{name}::{path}" for name in members}


def test_the_links_of_a_web_page_lead_to_nothing_else(tmp_path, outside):
    class Page(Asked):
        def do_GET(self):
            links = [
                f"file://{outside}", "../up.log", "a/../../b.log", "x.log?key=value", "good.log",
                f"//{self.server.other}/c.log", f"http://{self.server.other}/d.log", "%2e%2e/e.log",
            ]  # fmt: skip
            text = "".join(f'<a href="{link}">x</a>' for link in links).encode()
            if self.path.endswith(".log") or "?" in self.path:
                self.server.asked.append(self.path)
                text = combined(host=host_of(self.path))
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(text)

        do_HEAD = do_GET  # noqa: N815 (as http.server has it)

    server = ThreadingHTTPServer((LOOPBACK, 0), partial(Page))
    server.asked = []
    with unasked() as server.other, served(server) as address:
        done = watched(
            outside, tmp_path, "scan", f"{address}/logs/", "--scheduler=sync", "--include", "*"
        )
    fsspec.get_filesystem_class("http").clear_instance_cache()
    assert all(path.startswith("/logs/") for path in server.asked)
    assert host_of("/logs/good.log") in done.stdout.split()
    assert "REACHED open" not in done.stderr
    assert done.returncode == 3
