"""The library does what the command does, with the command's own words."""

import inspect
import re
import warnings
from datetime import UTC, datetime
from pathlib import Path

import dask.bag
import findrobots
import pyarrow.parquet as pq
import pytest
from findrobots.errors import DamagedLogsError, FindrobotsError, MissingOutputError
from support.samples import combined, lines

JSON = b'{"client": {"ip": "192.0.2.7"}, "path": "/robots.txt", "ts": 1788256800}\n'


def test_a_scan_writes_the_bytes_that_the_command_writes(logs, run_command, tmp_path):
    run_command("scan", logs, "-o", "command.parquet", "--rejects", "rejects.parquet")
    result = findrobots.scan(
        logs, output=tmp_path / "library.parquet", rejects=tmp_path / "rejects2.parquet"
    )
    for one, other in (("command", "library"), ("rejects", "rejects2")):
        written = [(tmp_path / f"{name}.parquet").read_bytes() for name in (one, other)]
        assert written[0] == written[1]
    assert result.hosts.equals(pq.read_table(tmp_path / "command.parquet"))
    assert result.rejects.equals(pq.read_table(tmp_path / "rejects.parquet"))


def test_a_result_without_an_output_is_saved_whole(logs, run_command, tmp_path):
    run_command("scan", logs, "-o", "command.parquet")
    findrobots.scan(logs).save(tmp_path / "saved.parquet")
    saved, written = (tmp_path / f"{name}.parquet" for name in ("saved", "command"))
    assert saved.read_bytes() == written.read_bytes()


def test_an_update_adds_what_is_new_and_returns_the_whole_table(logs, tmp_path):
    table = tmp_path / "robots.parquet"
    before = findrobots.scan(logs, output=table, update=True)
    (logs / "e.log").write_bytes(combined(host="192.0.2.77") + b"\n")
    after = findrobots.scan(logs, output=table, update=True)
    assert after.sources["source"].to_pylist() == [str(logs / "e.log")]
    assert after.totals.hosts == before.totals.hosts + 1
    assert after.hosts.equals(findrobots.read_hosts(table))
    assert after.log_count == before.log_count + 1


def test_hosts_of_shards_are_read_from_them(logs, tmp_path):
    result = findrobots.scan(logs, output=tmp_path / "robots", shards=3, scheduler="sync")
    assert len(list((tmp_path / "robots").iterdir())) == 3
    assert result.hosts.equals(findrobots.find_robots(logs))
    result.save(tmp_path / "one.parquet")
    assert findrobots.read_hosts(tmp_path / "one.parquet").equals(result.hosts)


def test_tables_are_merged_into_a_file_or_into_shards(logs, tmp_path):
    parts = [tmp_path / "gz.parquet", tmp_path / "others.parquet"]
    findrobots.scan(logs, include="*.gz", output=parts[0])
    findrobots.scan(logs, exclude=["*.gz"], output=parts[1])
    whole = findrobots.scan(logs)
    merged = findrobots.merge(parts, output=tmp_path / "all.parquet")
    in_shards = findrobots.merge(parts, output=tmp_path / "all", shards=2, scheduler="sync")
    assert merged == in_shards == whole.totals
    assert findrobots.read_hosts(tmp_path / "all.parquet").num_rows == whole.hosts.num_rows


def test_one_string_or_several_are_taken(logs):
    one = findrobots.find_robots(str(logs / "a.log.gz"), path="/robots.txt")
    assert one.equals(findrobots.find_robots([logs / "a.log.gz"], path=["/robots.txt"]))
    both = findrobots.find_robots(logs / name for name in ("a.log.gz", "b.log.gz"))
    assert both.num_rows > one.num_rows


def test_fields_are_a_mapping_or_the_commands_string(tmp_path):
    (tmp_path / "a.log").write_bytes(JSON)
    fields = {"host": "client.ip", "target": "path", "time": "ts"}
    for given in (fields, ",".join(f"{name}={place}" for name, place in fields.items())):
        hosts = findrobots.find_robots(tmp_path / "a.log", format="json", fields=given)
        assert hosts["host"].to_pylist() == ["192.0.2.7"]


def test_times_are_texts_or_datetimes(logs):
    given = ["2026-09-01T11:00:00+00:00", datetime(2026, 9, 1, 11, tzinfo=UTC)]
    one, other = (findrobots.find_robots(logs, since=time) for time in given)
    assert one.equals(other)
    assert one.num_rows < findrobots.find_robots(logs).num_rows


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"logs": 5}, "logs: expected a path or a list of paths, not int"),
        ({"logs": [b"a.log"]}, "logs: expected a path or a list of paths, not list"),
        ({"path": 5}, "path: expected a string or a list of strings, not int"),
        ({"vhost": None}, "vhost: expected a string or a list of strings, not NoneType"),
        ({"include": {"*.log": 1}}, "include: expected a string or a list of strings, not dict"),
        ({"since": 5}, "since: expected a string or a datetime, not int"),
        ({"format": None}, "format: expected str, not NoneType"),
        ({"fields": ["host=a"]}, "fields: expected str, not list"),
        ({"timezone": UTC}, "timezone: expected str, not timezone"),
        ({"output": 5}, "output: expected a path, not int"),
        ({"rejects": 5}, "rejects: expected a path, not int"),
        ({"update": "yes"}, "update: expected bool, not str"),
        ({"workers": "2"}, "workers: expected int, not str"),
        ({"workers": True}, "workers: expected int, not bool"),
    ],
)
def test_an_argument_of_a_wrong_type_is_named(arguments, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        findrobots.scan(**{"logs": "a.log"} | arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"workers": 0}, "workers: expected at least 1, not 0"),
        ({"shards": -1}, "shards: expected at least 1, not -1"),
        ({"path": ()}, "path: expected at least one"),
    ],
)
def test_a_number_out_of_range_is_named(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        findrobots.scan("a.log", **arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {"path": "robots.txt"},
        {"scheduler": "slurm"},
        {"timezone": "Mars/Base"},
        {"format": "nothing"},
        {"since": "yesterday"},
        {"since": "2026-09-02", "until": "2026-09-01"},
        {"host_field": "X-Forwarded-For"},
        {"logs": "nowhere"},
        {"update": True},
    ],
)
def test_messages_speak_of_arguments(logs, arguments):
    with pytest.raises(FindrobotsError) as caught:
        findrobots.scan(**{"logs": logs} | arguments)
    assert "--" not in str(caught.value)


def test_an_update_or_shards_without_an_output_are_refused(logs):
    for arguments in ({"update": True}, {"shards": 2}):
        with pytest.raises(MissingOutputError, match="output="):
            findrobots.scan(logs, **arguments)


def test_a_damaged_log_is_a_warning_or_with_strict_an_error(logs, tmp_path):
    (logs / "gone.log").symlink_to("nowhere")
    for function in (findrobots.scan, findrobots.find_robots):
        with pytest.warns(
            findrobots.DamagedLogsWarning, match=r"gone\.log: No such file"
        ) as caught:
            function(logs)
        assert caught[0].filename == __file__
    with pytest.raises(DamagedLogsError, match="strict="):
        findrobots.scan(logs, strict=True, output=tmp_path / "t.parquet")
    assert not (tmp_path / "t.parquet").exists()


def test_a_result_is_shown_in_a_notebook_without_obeying_what_it_shows(tmp_path):
    agent = "<script>alert(1)</script>"
    (tmp_path / "a.log").write_bytes(combined(user_agent=agent) + b"\n")
    shown = findrobots.scan(tmp_path / "a.log")._repr_html_()
    assert "&lt;script&gt;" in shown
    assert "<script" not in shown
    assert shown.count("<tr>") == 2
    assert "1 hosts, 1 requests for /robots.txt" in shown


def test_requests_are_a_lazy_bag_of_dictionaries(tmp_path):
    log = tmp_path / "a.log"
    log.write_bytes(combined() + b"\n")
    bag = findrobots.read_requests(log)
    assert isinstance(bag, dask.bag.Bag)
    log.write_bytes(combined(host="192.0.2.9", status=404) + b"\nGET /robots.txt\n")
    assert bag.take(1) == (
        {
            "host": "192.0.2.9",
            "time": datetime(2026, 9, 1, 10, tzinfo=UTC),
            "method": "GET",
            "target": "/robots.txt",
            "status": 404,
            "bytes_sent": 70,
            "user_agent": "Abot/1",
            "vhost": "",
            "format": "combined",
            "source": str(log),
            "offset": 0,
        },
    )
    assert len(bag.compute()) == 1


def test_requests_become_a_data_frame_though_a_partition_has_none(tmp_path):
    (tmp_path / "a.log").write_bytes(lines(0, 9) + b"x" * (20 << 20))
    (tmp_path / "b.log").write_bytes(b"x\n" * (10 << 20))
    bag = findrobots.read_requests(tmp_path)
    assert bag.npartitions > 1
    frame = bag.to_dataframe().compute(scheduler="sync")
    assert frame["offset"].tolist() == [each["offset"] for each in bag.compute()]
    assert str(frame["time"].dtype) == "datetime64[us, UTC]"
    empty = findrobots.read_requests(tmp_path / "b.log").to_dataframe().compute(scheduler="sync")
    assert list(empty.columns) == list(frame.columns)
    assert len(empty) == 0


def test_standard_input_is_no_lazy_source():
    with pytest.raises(ValueError, match="standard input cannot be read lazily"):
        findrobots.read_requests("-")


@pytest.mark.parametrize("name", sorted(set(findrobots.__all__) - {"HOSTS", "__version__"}))
def test_every_public_docstring_has_numpydoc_sections(name):
    public = getattr(findrobots, name)
    text = inspect.getdoc(public)
    assert text.splitlines()[0].endswith(".")
    assert len(text.splitlines()[0]) < 90
    if inspect.isfunction(public):
        sections = ["Parameters", "Examples"] + ["Returns"] * (name != "write_hosts")
        for section in sections:
            assert f"\n{section}\n{'-' * len(section)}\n" in text, section
        for parameter in inspect.signature(public).parameters:
            assert re.search(rf"\b{parameter}\b", text.partition("Parameters")[2]), parameter
    elif not issubclass(public, Exception):
        assert "\nExamples\n--------\n>>> " in text


def test_no_scan_warns_of_sound_logs(logs):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        findrobots.scan(Path(logs))
