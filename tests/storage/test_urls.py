import gzip
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from contextlib import contextmanager
from urllib.request import Request, urlopen

import findrobots
import fsspec
import pytest
import s3fs
from findrobots.errors import LogNotFoundError, MissingExtraError, NoLogsError, UnreachableError
from findrobots.flow import ScanOptions, scan_flow
from findrobots.reading.search import read_lines
from findrobots.running.partitions import pack
from findrobots.sanitize import without_credentials
from findrobots.storage import discovery
from findrobots.storage.discovery import NamePatterns
from findrobots.storage.errors import ArchiveError
from findrobots.storage.remote import PREFETCH_SIZE
from findrobots.storage.sources import Source
from findrobots.storage.urls import is_url, missing_access
from support.objects import placed
from support.samples import LOGS
from support.scans import scan
from support.servers import Proxy, http_server, served

SAMPLE_NAMES = sorted(LOGS)


@pytest.fixture
def memory(logs):
    """The sample logs in memory, as fsspec keeps them."""
    system = fsspec.filesystem("memory")
    system.put(f"{logs}/", "/site/logs", recursive=True)
    yield "memory://site/logs"
    system.rm("/site", recursive=True)


def hosts_of(*patterns):
    return findrobots.find_robots(patterns, scheduler="sync").drop_columns(["source"])


def find_sources(*arguments, **options):
    """Find logs, which may come in any order."""
    return discovery.find_sources(*arguments, **options).sorted()


def names_of(sources, prefix):
    return [source.path.removeprefix(prefix) for source in sources]


@pytest.mark.parametrize("ending", ["", "/", "/**", "/*"])
def test_a_prefix_and_a_glob_give_the_logs_below(memory, logs, ending):
    found = find_sources(memory + ending)
    assert names_of(found, f"{memory}/") == SAMPLE_NAMES
    assert [source.size for source in found] == [source.size for source in find_sources(logs)]
    assert hosts_of(memory + ending).equals(hosts_of(logs))


def test_names_decide_below_a_prefix_and_for_a_glob_what_is_excluded(memory):
    names = NamePatterns(("*.1",), ("b.*",))
    assert names_of(find_sources(memory, names), f"{memory}/") == ["c/access.log.1"]
    assert names_of(find_sources(f"{memory}/*.gz", names), f"{memory}/") == ["a.log.gz"]


def test_an_object_is_taken_whatever_its_name(memory):
    [found] = find_sources(f"{memory}/c/access.log")
    assert (found.path, found.size) == (f"{memory}/c/access.log", 90)
    table = findrobots.find_robots(f"{memory}/c/access.log")
    assert table["source"].to_pylist() == [f"{memory}/c/access.log"]


def test_files_are_read_by_url_and_along_with_paths(logs):
    assert hosts_of(f"file://{logs}").equals(hosts_of(logs))
    (one,) = find_sources(f"file://{logs}/d.log")
    assert one.path == f"file://{logs}/d.log"
    both = find_sources([f"file://{logs}/*.log", logs / "a.log.gz"])
    assert names_of(both, str(logs)) == ["/a.log.gz", f"file://{logs}/d.log"]


def test_members_of_archives_are_logs(logs, tmp_path):
    archive, packed = tmp_path / "logs.zip", tmp_path / "logs.tar"
    with zipfile.ZipFile(archive, "w") as zipped, tarfile.open(packed, "w") as tarred:
        for name in SAMPLE_NAMES:
            zipped.write(logs / name, name)
            tarred.add(logs / name, name)
    for scheme, path in (("zip", archive), ("tar", packed)):
        found = names_of(find_sources(f"{scheme}://::{path}"), f"{scheme}://")
        assert {*found} == {f"{name}::{path}" for name in SAMPLE_NAMES}
        assert hosts_of(f"{scheme}://::file://{path}").equals(hosts_of(logs))
        assert len(find_sources(f"{scheme}://c/*::{path}")) == 2


@pytest.mark.parametrize("scheme", ["tar", "zip"])
def test_a_file_that_is_no_archive_is_named_as_that(tmp_path, scheme):
    packed = tmp_path / "x.tgz"
    packed.write_bytes(gzip.compress(b"no archive" * 99))
    with pytest.raises(ArchiveError, match=r"x\.tgz: Not an archive that can be read .*decompress"):
        find_sources(f"{scheme}://::{packed}")


def test_logs_are_read_over_http(logs):
    with http_server(logs) as address:
        assert hosts_of(f"{address}/").equals(hosts_of(logs))
        (source,) = find_sources(f"{address}/a.log.gz?token=secret")
        assert source.path == f"{address}/a.log.gz"
        assert hosts_of(f"{address}/a.log.gz?token=secret").equals(hosts_of(logs / "a.log.gz"))
        (status,) = scan([source]).sources["source"].to_pylist()
        assert status == f"{address}/a.log.gz"
        with pytest.raises(LogNotFoundError):
            find_sources(f"{address}/nothing.gz")
    fsspec.get_filesystem_class("http").clear_instance_cache()


def test_an_account_of_azure_stays_in_the_urls_below_a_container(monkeypatch):
    class Azure:
        def info(self, path):
            return {"name": path, "type": "directory"}

        def find(self, path, **_):
            return {f"{path}/a.gz": {"size": 3}, f"{path}/b": {}}

    monkeypatch.setattr("fsspec.core.url_to_fs", lambda _: (Azure(), "logs/site"))
    for scheme in ("az", "abfs"):
        url = f"{scheme}://logs@account.blob.core.windows.net/site"
        [found] = find_sources(url)
        assert (found.path, found.size) == (f"{url}/a.gz", 3)
        assert without_credentials(url) == url


# S3


@pytest.mark.slow
def test_two_hundred_objects_below_a_prefix_are_read(s3, logs):
    one = (logs / "a.log.gz").read_bytes()
    s3.pipe({f"logs/site/{number % 7}/{number}.gz": one for number in range(200)})
    s3.pipe("logs/other/error.log", b"x /robots.txt\n")
    found = findrobots.find_robots("s3://logs/site/**/*.gz", scheduler="sync")
    assert dict(zip(found["host"].to_pylist(), found["requests"].to_pylist(), strict=True)) == {
        "192.0.2.1": 200,
        "192.0.2.2": 200,
    }
    assert found["source"][0].as_py() == "s3://logs/site/0/0.gz"
    assert len(find_sources("s3://logs/site/")) == len(find_sources("s3://logs")) == 200


@pytest.mark.timing
def test_small_objects_are_read_many_at_once(s3, s3_address, logs, monkeypatch):
    one = (logs / "a.log.gz").read_bytes()
    s3.pipe({f"logs/{number}.gz": one for number in range(40)})
    sources = find_sources("s3://logs/")
    proxy = Proxy(s3_address, delay=0.05)
    with served(proxy) as proxied:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxied)
        s3fs.S3FileSystem.clear_instance_cache()
        found = scan(sources)
    assert sum(found.hosts["requests"].to_pylist()) == 80
    assert proxy.most > 4
    assert {type(name) for name in found.sources["source"].to_pylist()} == {str}


@pytest.fixture
def calls(monkeypatch):
    """The operations that are called on the S3 server."""
    called, call = [], s3fs.S3FileSystem._call_s3  # noqa: SLF001 (each operation goes through it)

    async def record(self, method, *arguments, **options):
        called.append(method)
        return await call(self, method, *arguments, **options)

    monkeypatch.setattr(s3fs.S3FileSystem, "_call_s3", record)
    return called


def test_a_small_object_is_fetched_with_one_request(s3, logs, calls):
    one = (logs / "a.log.gz").read_bytes()
    s3.pipe({f"logs/{number}.gz": one for number in range(5)})
    sources = find_sources("s3://logs/")
    calls.clear()
    found = scan(sources)
    assert sum(found.hosts["requests"].to_pylist()) == 10
    assert calls == ["get_object"] * 5


def test_an_object_that_has_grown_since_it_was_listed_is_read_whole(s3):
    s3.pipe("logs/a.log", b"a\n")
    sources = find_sources("s3://logs/a.log")
    s3.pipe("logs/a.log", b"a\n" * PREFETCH_SIZE)
    (status,) = scan(sources).sources.to_pylist()
    assert (status["bytes_text"], status["damage"]) == (2 * PREFETCH_SIZE, "")


@pytest.mark.slow
def test_worker_processes_read_from_s3_too(s3, logs, run_command):
    s3.put(f"{logs}/", "logs/site", recursive=True)
    done = run_command("scan", "s3://logs/site", "-q", "--scheduler=processes")
    assert done.stderr == ""
    assert done.stdout.split() == ["192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1"]


def test_a_prefix_without_a_log_a_missing_key_and_a_missing_bucket_are_errors(s3):
    s3.pipe("logs/site/readme.txt", b"x")
    with pytest.raises(NoLogsError, match="s3://logs/site/: No logs found"):
        find_sources("s3://logs/site/")
    for url in ("s3://logs/nothing", "s3://logs/nothing/", "s3://no-bucket/", "s3://logs/*.gz"):
        with pytest.raises(LogNotFoundError) as caught:
            find_sources(url)
        assert str(caught.value).startswith(f"{url}: No such file or directory")


def test_a_log_that_is_gone_when_it_is_read_is_damage(s3):
    assert s3.exists("logs")
    (status,) = read_lines(placed("s3://logs/gone.gz"), containing=(b"/robots.txt",))
    assert "does not exist" in status.damage or "gone.gz" in status.damage


def test_an_error_about_a_wrong_key_does_not_show_it(s3, s3_address, monkeypatch):
    s3.pipe("logs/a.gz", b"x")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "wrong-key")
    s3fs.S3FileSystem.clear_instance_cache()
    with checking_keys(s3_address), pytest.raises(UnreachableError) as caught:
        find_sources("s3://logs/a.gz")
    assert str(caught.value).startswith("s3://logs/a.gz: Cannot be reached (")
    assert "wrong-key" not in str(caught.value)
    assert "tests-secret" not in str(caught.value)


@contextmanager
def checking_keys(address):
    """Have the server refuse keys that it does not know, which are all."""

    def allow(requests):
        plain = {"Content-Type": "text/plain"}
        with urlopen(Request(f"{address}/moto-api/reset-auth", requests, plain)):  # noqa: S310 (it is our own server)
            pass

    allow(b"0")
    try:
        yield
    finally:
        allow(b"inf")


def test_without_fsspecs_part_for_a_scheme_one_line_says_what_to_install(run_command):
    done = run_command("scan", "gs://bucket/logs/")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "findrobots: gs://bucket/logs/: Support for this kind of URL is not installed. To fix: "
        "pip install 'findrobots[gcs]'\n"
    )
    with pytest.raises(MissingExtraError, match=r"findrobots\[gcs\]"):
        find_sources("zip://*.log::gs://bucket/logs.zip")
    with pytest.raises(MissingExtraError, match=r"findrobots\[azure\]"):
        find_sources("az://container/logs")
    with pytest.raises(UnreachableError, match="Protocol not known"):
        find_sources("nowhere://a/b.log")


@pytest.mark.parametrize(
    ("location", "lack", "hint"),
    [
        (
            "gs://b/a.log",
            "no support for gs://b/a.log",
            r"on that machine: pip install 'findrobots\[gcs\]'",
        ),
        (
            "zip://a::az://b/c",
            "no support for zip://a::az://b/c",
            r"on that machine: pip .*\[azure\]'",
        ),
        (
            "new://a",
            "no support for new://a",
            r"on that machine: install a package that supports them \(Protocol .* new\)",
        ),
        ("file:///gone/a.log", "no access to /gone/a.log", "use an absolute path"),
        ("zip://a.log::/gone/b.zip", "no access to /gone/b.zip", "use an absolute path"),
        ("/gone/a.log", "no access to /gone/a.log", "use an absolute path"),
    ],
)
def test_missing_access_is_described_with_a_hint(location, lack, hint):
    described, hinted = missing_access(placed(location))
    assert described == f"has {lack}"
    assert re.match(hint, hinted)


def test_a_process_with_access_has_none_missing(tmp_path):
    here = [tmp_path, __file__, f"file://{__file__}", f"zip://a.log::{__file__}"]
    everywhere = map(str, [*here, "s3://nowhere/a.log", "http://nowhere/b"])
    assert not any(map(missing_access, map(placed, everywhere)))


# Credentials


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("logs/a@b.log", "logs/a@b.log"),
        ("s3://bucket/a@b?.log", "s3://bucket/a@b?.log"),
        ("sftp://me:p@ss@host/a", "sftp://host/a"),
        ("abfs://container@account/a", "abfs://container@account/a"),
        (
            "https://token@host/a?X-Amz-Signature=1&b, 'http://h/?sig=2'",
            "https://host/a, 'http://h/'",
        ),
        ("http://host/a?sig=1: no such file", "http://host/a: no such file"),
        ("zip://a::https://h/b.zip?sig=1", "zip://a::https://h/b.zip"),
    ],
)
def test_credentials_are_taken_out_of_urls(text, expected):
    assert without_credentials(text) == expected
    assert is_url(text) == ("://" in text)


@pytest.mark.slow
@pytest.mark.parametrize("more", [[], ["--debug"]], ids=["", "debug"])
def test_no_error_shows_credentials(run_command, tmp_path, more):
    with http_server(tmp_path) as address:
        host = address.removeprefix("http://")
        for url in (
            "sftp://me:secret@127.0.0.1:1/a.log",
            f"http://me:secret@{host}/a.log?sig=secret",
            f"zip://a.log::http://{host}/a.zip?sig=secret",
            "nowhere://me:secret@host/a",
        ):
            done = run_command("scan", url, *more)
            assert done.returncode == 1
            assert ("Error: " if more else "findrobots: ") in done.stderr
            assert "secret" not in done.stdout + done.stderr


def test_no_task_name_shows_credentials():
    stored = placed("sftp://me:secret@host/a.log?secret")
    partitions = pack([Source(stored.name, 1, stored=stored)], 1)
    graph = scan_flow(partitions, ScanOptions()).__dask_graph__()
    assert "secret" not in str(list(graph)) + repr(partitions)


def test_local_logs_do_not_import_fsspec_or_stamina(logs):
    scan = f"from findrobots.storage.discovery import find_sources; find_sources({str(logs)!r})"
    code = f"{scan}; import sys; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=os.environ
    ).stdout.split()
    assert not {"fsspec", "asyncio", "stamina"} & {*modules}
