"""Robots and verdicts in Python, and in ``findrobots show``."""

import subprocess
import sys
from datetime import UTC, datetime

import findrobots
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from findrobots.errors import NotAHostTableError
from findrobots.robots.dns import Lookups
from findrobots.robots.names import NameAnswer
from findrobots.tables.declared import IDENTIFIED_HOSTS, VERIFIED_HOSTS
from support.project import PROJECT

LOG = PROJECT / "tests/data/robots.log"
LISTS = PROJECT / "tests/data/lists"


@pytest.fixture
def table(tmp_path):
    findrobots.scan(LOG, output=tmp_path / "robots.parquet")
    return tmp_path / "robots.parquet"


@pytest.mark.parametrize("describe", [findrobots.identify, findrobots.verify])
def test_a_table_a_host_table_and_a_path_give_the_same(table, describe, tmp_path):
    findrobots.scan(LOG, output=tmp_path / "shards", shards=3)
    described = describe(table)
    assert describe(findrobots.read_hosts(table)).equals(described)
    assert describe(findrobots.read_table(table)).equals(described)
    assert describe(str(tmp_path / "shards")).sort_by("host").equals(described)


def test_columns_are_added_in_order(table):
    assert findrobots.identify(table).schema.equals(IDENTIFIED_HOSTS)
    assert findrobots.verify(table).schema.equals(VERIFIED_HOSTS)
    assert findrobots.identify(findrobots.read_hosts(table).slice(0, 0)).num_rows == 0


def test_verdicts_depend_on_the_lists_and_stored_tables_do_not(table):
    stored = table.read_bytes()
    known = findrobots.verify(table, LISTS)["verdict"].to_pylist()
    assert {"verified", "impostor", "unknown", ""} == {*known}
    assert "verified" not in findrobots.verify(table)["verdict"].to_pylist()
    assert table.read_bytes() == stored
    assert findrobots.HOSTS.names == pq.read_schema(table).names


def test_columns_that_a_table_has_are_made_again(table):
    once = findrobots.verify(table, LISTS)
    changed = once.set_column(
        once.schema.names.index("verdict"), "verdict", pa.array(["verified"] * once.num_rows)
    )
    assert findrobots.verify(changed, LISTS).equals(once)
    assert findrobots.verify(findrobots.identify(table), LISTS).equals(once)


def test_columns_of_others_are_kept_and_parts_are_described_alike(table):
    hosts = findrobots.read_hosts(table)
    parts = pa.concat_tables([hosts.slice(0, 4), hosts.slice(4)])
    more = parts.append_column("note", pa.array([f"n{row}" for row in range(parts.num_rows)]))
    described = findrobots.identify(more)
    assert described["note"].to_pylist()[-1] == "n9"
    assert described["robot"].equals(findrobots.identify(table)["robot"])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda hosts: hosts.drop_columns(["user_agents"]), "it lacks user_agents"),
        (
            lambda hosts: hosts.set_column(0, "host", pa.array([1] * hosts.num_rows)),
            "host is int64",
        ),
        (
            lambda hosts: hosts.set_column(0, "host", pa.nulls(hosts.num_rows, pa.string())),
            "host has nulls",
        ),
    ],
)
def test_what_is_not_a_host_table_is_refused(table, change, reason):
    with pytest.raises(NotAHostTableError, match=rf"table: .*\({reason}\)"):
        findrobots.verify(change(findrobots.read_hosts(table)))


def test_a_wrong_type_is_a_type_error():
    with pytest.raises(TypeError, match="table: expected a host table or its path, not int"):
        findrobots.identify(42)


def shown(run_command, table, *more):
    done = run_command("show", table, "--lists", LISTS, *more)
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


def test_show_sorts_by_what_is_added(run_command, table):
    verdicts = run_command("show", table, "--lists", LISTS, "--sort", "verdict", "--csv").stdout
    found = [line.rsplit(",", 2)[1] for line in verdicts.splitlines()[1:]]
    assert found == sorted(found)
    assert found[2:4] == ["impostor", "impostor"]
    robots = shown(run_command, table, "--sort", "robot", "--limit", "4", "--verify", "none")
    assert robots[0][:3] == ["host", "robot", "requests"]
    assert [line[1] for line in robots[3:]] == ["Bytespider", "ExampleFetcher"]


def test_show_says_nothing_of_verdicts_that_are_not_wanted(run_command, table):
    heading, *_ = run_command("show", table, "--csv", "--verify", "none").stdout.splitlines()
    assert heading == ",".join(IDENTIFIED_HOSTS.names)
    done = run_command("show", table, "--verify", "none", "--sort", "verdict")
    assert done.returncode == 2
    assert "'verdict' is not a sortable column" in done.stderr


def test_shards_are_shown_as_one_table(run_command, table, tmp_path):
    findrobots.scan(LOG, output=tmp_path / "shards", shards=4)
    for more in (["--by", "robot", "--csv"], ["--limit", "3"], ["--by", "robot", "--limit", "3"]):
        assert shown(run_command, table, *more) == shown(run_command, tmp_path / "shards", *more)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--by", "robot", "--sources"], "--by: it cannot be used with --sources"),
        (
            ["--by", "robot", "--sort", "host"],
            "'host' is not a sortable column. Choose one of robot",
        ),
        (["--lists", "nowhere"], "nowhere: No address lists"),
    ],
)
def test_wrong_options_are_explained(run_command, table, more, message):
    done = run_command("show", table, *more)
    assert done.returncode in {1, 2}
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_log_without_user_agents_has_no_column_of_robots(run_command, tmp_path):
    line = '192.0.2.{} - - [01/Sep/2026:10:00:00 +0000] "GET /robots.txt HTTP/1.1" 200 70\n'
    (tmp_path / "a.log").write_text("".join(map(line.format, range(3))))
    run_command("scan", "a.log", "-o", "t.parquet")
    done = run_command("show", "t.parquet")
    assert done.stdout.splitlines()[0].split() == ["host", "requests", "offset"]
    assert "3 hosts: without a user agent 3" in done.stderr


@pytest.mark.parametrize(
    "more",
    [[], *(pytest.param(more, marks=pytest.mark.slow) for more in (["--by", "robot"], ["--csv"]))],
)
def test_show_imports_neither_pandas_nor_dask(table, more):
    arguments = ["show", str(table), *more]
    code = (
        f"from findrobots.cli.main import cli; cli({arguments}, standalone_mode=False)\n"
        "import sys; print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"pandas", "dask", "dns", "fsspec"} & {*done.stderr.split()}


def test_names_are_looked_up_only_if_that_is_asked_for(table, monkeypatch):
    asked = []

    def find_names(wanted):
        asked.extend(wanted)
        when = datetime(2026, 10, 20, tzinfo=UTC)
        answers = {each: NameAnswer(each, when, ("host.example.net",)) for each in wanted}
        return Lookups(answers, len(wanted), 0, 3, "cache: Permission denied")

    monkeypatch.setattr("findrobots.jobs.robots.find_names", find_names)
    findrobots.verify(table, LISTS)
    assert not asked
    with pytest.warns(UserWarning, match="looked up|Permission") as caught:
        described = findrobots.verify(table, LISTS, dns=True)
    assert asked == ["45.148.10.7"]
    assert [str(each.message) for each in caught] == [
        "cache: Permission denied",
        "3 addresses were not looked up, because there are too many",
    ]
    reasons = dict(zip(*(described[name].to_pylist() for name in ("host", "reason")), strict=True))
    assert "host.example.net" in reasons["45.148.10.7"]
