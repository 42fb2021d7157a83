import json
import shutil

import findrobots
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from findrobots.errors import LedgerVersionError, MissingLedgerError, NotAHostTableError
from findrobots.robots.filter import RequestFilter
from findrobots.tables import host_table, parquet
from findrobots.tables.host_table import SCHEMA_VERSION, with_metadata
from findrobots.tables.hosts import HOSTS
from findrobots.tables.parquet import read_hosts, read_table, write_hosts
from findrobots.tables.shards import read_ledger, read_whole
from support.project import PROJECT


@pytest.fixture
def hosts(logs):
    return findrobots.find_robots(logs)


def test_a_table_comes_back_as_it_was_written(hosts, tmp_path):
    write_hosts(hosts, tmp_path / "robots.parquet")
    back = read_hosts(tmp_path / "robots.parquet")
    assert back.equals(hosts, check_metadata=True)


def test_a_table_is_read_a_few_rows_at_a_time(hosts, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "PIECE_ROWS", 2)
    write_hosts(hosts, tmp_path / "robots.parquet")
    pieces = [*parquet.read_pieces(tmp_path / "robots.parquet")]
    assert {piece.num_rows for piece in pieces[:-1]} == {2}
    assert pa.concat_tables(pieces).equals(hosts)


def test_the_file_says_which_version_wrote_it_and_for_which_paths(hosts, tmp_path):
    write_hosts(hosts, tmp_path / "robots.parquet")
    metadata = pq.read_schema(tmp_path / "robots.parquet").metadata
    assert metadata[b"findrobots.version"].startswith(b"0.")
    assert json.loads(metadata[b"findrobots.paths"]) == ["/robots.txt"]


def test_columns_are_compressed_with_zstd(hosts, tmp_path):
    write_hosts(hosts, tmp_path / "robots.parquet")
    group = pq.read_metadata(tmp_path / "robots.parquet").row_group(0)
    assert {group.column(n).compression for n in range(group.num_columns)} == {"ZSTD"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "No such file or directory"),
        (b"", "not a Parquet file"),
        (b"host,requests\n", "not a Parquet file"),
        (b"PAR1" + b"\0" * 99 + b"PAR1", "truncated or corrupt|not a Parquet file"),
    ],
)
def test_a_file_that_is_no_parquet_is_named(tmp_path, content, why):
    path = tmp_path / "x.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NotAHostTableError, match=f"x.parquet: Not a findrobots table .*{why}"):
        read_hosts(path)


def test_a_directory_is_no_table(tmp_path):
    with pytest.raises(NotAHostTableError, match="Not a findrobots table"):
        read_hosts(tmp_path)


def test_a_table_with_other_columns_is_refused_both_ways(hosts, tmp_path):
    foreign = hosts.drop_columns(["offset", "methods"])
    with pytest.raises(NotAHostTableError, match="it lacks methods, offset"):
        write_hosts(foreign, tmp_path / "x.parquet")
    pq.write_table(pa.table({name: [1] for name in HOSTS.names}), tmp_path / "x.parquet")
    with pytest.raises(NotAHostTableError, match="its columns differ"):
        read_hosts(tmp_path / "x.parquet")


def test_metadata_changes_no_rows(hosts):
    assert with_metadata(hosts, RequestFilter((b"/a",))).equals(hosts)


def test_the_metadata_name_the_virtual_hosts(hosts):
    assert b"findrobots.vhosts" not in with_metadata(hosts, RequestFilter()).schema.metadata
    labelled = with_metadata(hosts, RequestFilter(vhosts=("a.example", "b.example")))
    assert labelled.schema.metadata[b"findrobots.vhosts"] == b'["a.example", "b.example"]'


# Tables of other versions: tests/data/robots-0.1.parquet is one of findrobots 0.1.0, schema 1


TABLE_0_1 = PROJECT / "tests/data/robots-0.1.parquet"
RESCAN = (
    f"{TABLE_0_1}: written by findrobots 0.1.0, whose log index this version cannot read. "
    "Scan the logs again: findrobots scan LOG... -o FILE"
)


def test_the_hosts_of_a_table_of_0_1_can_be_read(run_command):
    hosts = read_hosts(TABLE_0_1)
    assert hosts.schema.equals(HOSTS)
    assert hosts.num_rows > 0
    shown = run_command("show", TABLE_0_1, "--csv")
    assert (shown.returncode, shown.stdout.count("\n")) == (0, 1 + hosts.num_rows)


@pytest.mark.parametrize("read", [read_table, read_whole, read_ledger])
def test_the_ledger_of_a_table_of_0_1_cannot_be_read(read):
    with pytest.raises(LedgerVersionError) as refused:
        read(TABLE_0_1)
    assert str(refused.value) == RESCAN


def test_commands_that_need_the_ledger_of_a_table_of_0_1_say_how_to_renew_it(
    run_command, logs, tmp_path
):
    path = shutil.copy(TABLE_0_1, tmp_path / "old.parquet")
    message = RESCAN.replace(str(TABLE_0_1), str(path))
    for arguments in (
        ("show", path, "--sources"),
        ("scan", logs, "-o", path, "--update"),
        ("merge", path, "-o", "merged.parquet"),
        ("merge", path, "-o", "merged", "--shards", 2),
    ):
        done = run_command(*arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"findrobots: {message}\n"
    assert path.read_bytes() == TABLE_0_1.read_bytes()
    assert {each.name for each in tmp_path.iterdir()} == {"logs", "old.parquet"}


def test_a_table_of_a_later_version_is_refused(hosts, tmp_path):
    later = {"findrobots.schema_version": str(SCHEMA_VERSION + 1), "findrobots.version": "9.0"}
    pq.write_table(hosts.replace_schema_metadata(later), tmp_path / "later.parquet")
    for read in (read_hosts, read_table, read_ledger):
        with pytest.raises(NotAHostTableError, match=r"findrobots 9\.0, a later version: install"):
            read(tmp_path / "later.parquet")


def test_a_table_that_another_program_wrote_has_no_ledger(run_command, logs, tmp_path):
    run_command("scan", logs, "-o", "robots.parquet")
    pq.write_table(pq.read_table(tmp_path / "robots.parquet"), tmp_path / "copy.parquet")
    assert read_hosts(tmp_path / "copy.parquet").equals(read_hosts(tmp_path / "robots.parquet"))
    with pytest.raises(MissingLedgerError, match="has no ledger"):
        read_table(tmp_path / "copy.parquet")


def test_metadata_that_are_nested_deeply_are_no_table(logs, tmp_path, monkeypatch):
    path, nested = tmp_path / "x.parquet", {"findrobots.paths": "[" * 200_000}
    monkeypatch.setattr(host_table, "filter_metadata", lambda _: nested)
    findrobots.scan(logs, output=path)
    with pytest.raises(NotAHostTableError, match=r"x\.parquet: Not a findrobots table"):
        read_table(path)
