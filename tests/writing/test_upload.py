from functools import partial

import findrobots
import fsspec
import pyarrow.parquet as pq
import pytest
import stamina
from findrobots.errors import MissingExtraError, NotAHostTableError, OutputError
from findrobots.tables.parquet import read_hosts, write_hosts, write_table
from findrobots.writing.atomic import check_not_a_log, reserve_outputs
from findrobots.writing.upload import check_destination, object_version, upload
from support.objects import listed, placed


@pytest.fixture
def hosts(logs):
    return findrobots.find_robots(logs)


@pytest.fixture
def memory():
    """A directory in memory, as fsspec keeps it."""
    system = fsspec.filesystem("memory")
    system.mkdir("/tables")
    yield system
    system.rm("/tables", recursive=True)


def test_a_table_comes_back_from_where_it_was_written(hosts, s3, memory):
    for url in ("s3://logs/robots.parquet", "memory://tables/robots.parquet"):
        write_hosts(hosts, url)
        assert read_hosts(url).equals(hosts, check_metadata=True)
    assert s3.ls("logs") == ["logs/robots.parquet"]
    assert memory.ls("/tables", detail=False) == ["/tables/robots.parquet"]


def write_to(hosts, *paths):
    with reserve_outputs(paths) as outputs:
        outputs.write(dict.fromkeys(paths, partial(write_table, hosts)))


def test_the_same_bytes_go_to_a_url_as_to_a_file(hosts, tmp_path, memory):
    write_to(hosts, tmp_path / "a", "memory://tables/a")
    assert (tmp_path / "a").read_bytes() == memory.cat("/tables/a")


def test_the_command_writes_to_s3_and_shows_the_table_there(run_command, logs, s3):
    done = run_command(
        "scan", logs, "-o", "s3://logs/a.parquet", "--rejects", "s3://logs/b.parquet"
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.endswith("s3://logs/a.parquet written\ns3://logs/b.parquet written\n")
    assert run_command("show", "s3://logs/a.parquet").stdout.startswith("host")
    with s3.open("logs/b.parquet") as file:
        assert pq.read_table(file).num_rows == 1


def test_an_error_leaves_the_old_content_and_no_temporary_files(
    hosts, tmp_path, memory, monkeypatch
):
    memory.pipe_file("/tables/a", b"old")
    (tmp_path / "a").write_text("old")

    def fail(*_):
        message = "no space"
        raise OSError(message)

    monkeypatch.setattr(type(memory), "mv", fail)
    with pytest.raises(OutputError, match="Cannot write memory://tables/a: no space"):
        write_to(hosts, "memory://tables/a", tmp_path / "a")
    assert memory.ls("/tables", detail=False) == ["/tables/a"]
    assert memory.cat("/tables/a") == b"old"
    assert (tmp_path / "a").read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"logs", "a"}


def test_an_error_on_the_way_to_s3_leaves_no_object(s3, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    type(s3).clear_instance_cache()
    refused = pytest.raises(OutputError, match="Cannot write s3://logs/a: ")
    with stamina.set_testing(True, attempts=1), refused:
        upload("s3://logs/a", b"x")
    assert s3.ls("logs") == []


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("s3://no-bucket/a", "its bucket does not exist"),
        ("s3://logs/a/", "it is a directory"),
        ("memory://nowhere/a", "its directory does not exist"),
        ("https://me:secret@host/a?sig=secret", "URLs of this kind are read-only"),
        ("zip://a::s3://logs/a.zip", "URLs of this kind are read-only"),
        ("nowhere://a/b", "Protocol not known"),
    ],
)
def test_a_url_that_cannot_be_written_is_refused(s3, url, why):
    assert s3.exists("logs")
    with pytest.raises(OutputError, match=why) as caught:
        check_destination(url)
    assert "secret" not in str(caught.value)


def test_a_missing_library_is_named_with_how_to_install_it():
    for act in (check_destination, lambda url: upload(url, b"")):
        with pytest.raises(MissingExtraError, match=r"findrobots\[gcs\]"):
            act("gs://bucket/a")


def test_an_object_that_is_no_table_is_named(s3):
    s3.pipe("logs/a", b"x")
    with pytest.raises(NotAHostTableError, match="s3://logs/a: Not a findrobots table"):
        read_hosts("s3://logs/a")


def test_a_log_is_not_overwritten(run_command, s3, logs):
    s3.put(str(logs / "a.log.gz"), "logs/access_log")
    done = run_command("scan", "s3://logs/", "-o", "s3://logs/access_log")
    assert done.returncode == 1
    assert "Cannot write s3://logs/access_log: it is one of the logs" in done.stderr


@pytest.mark.parametrize("if_unchanged", [True, False])
@pytest.mark.parametrize("url", ["s3://logs/a", "memory://tables/a"])
@pytest.mark.parametrize("old", [b"old", None])
def test_an_object_that_must_be_unchanged_is_not_overwritten(s3, memory, url, old, if_unchanged):
    system = s3 if url.startswith("s3") else memory
    if old:
        system.pipe(url, old)
    with reserve_outputs([url], if_unchanged=if_unchanged) as outputs:
        system.pipe(url, b"its")
        if if_unchanged:
            with pytest.raises(
                OutputError, match=r"another run has written it meanwhile\. Run again"
            ):
                outputs.write({url: lambda file: file.write(b"own")})
        else:
            outputs.write({url: lambda file: file.write(b"own")})
    assert system.cat(url) == (b"its" if if_unchanged else b"own")


def test_an_object_that_is_unchanged_is_overwritten(s3, memory):
    for system, url in ((s3, "s3://logs/a"), (memory, "memory://tables/a")):
        for content in (b"1", b"2"):
            with reserve_outputs([url], if_unchanged=True) as outputs:
                outputs.write({url: lambda file, content=content: file.write(content)})
            assert system.cat(url) == content


def test_an_object_whose_version_is_unknown_is_refused(s3, monkeypatch):
    def fail(*_, **__):
        raise PermissionError

    monkeypatch.setattr(type(s3), "info", fail)
    with pytest.raises(OutputError, match="Cannot write s3://logs/a: "):
        object_version("s3://logs/a")


def test_an_object_is_recognised_under_any_scheme(s3):
    logs = [*map(placed, ["s3a://logs/x/a.log.gz", "zip://b.log::s3://logs/b.zip"]), "-"]
    for output in ("s3://logs/x/a.log.gz", "s3a://logs/b.zip"):
        with pytest.raises(OutputError, match="it is one of the logs"):
            check_not_a_log([output], map(listed, logs))
    check_not_a_log(["s3://logs/y/a.log.gz", "s3://logs/-"], map(listed, logs))
    assert s3.ls("logs") == []
