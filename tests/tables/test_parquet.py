import json

import findrobots
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from findrobots.errors import NotAHostTableError
from findrobots.robots.filter import RequestFilter
from findrobots.tables.host_table import describe
from findrobots.tables.hosts import HOSTS
from findrobots.tables.parquet import read_hosts, write_hosts


@pytest.fixture
def hosts(logs):
    return findrobots.find_robots(logs)


def test_a_table_comes_back_as_it_was_written(hosts, tmp_path):
    write_hosts(hosts, tmp_path / "robots.parquet")
    back = read_hosts(tmp_path / "robots.parquet")
    assert back.equals(hosts, check_metadata=True)


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
        (b"PAR1" + b"\0" * 99 + b"PAR1", "not"),
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
    assert describe(hosts, RequestFilter((b"/a",))).equals(hosts)


def test_the_virtual_hosts_that_were_kept_are_told(hosts):
    assert b"findrobots.vhosts" not in describe(hosts, RequestFilter()).schema.metadata
    described = describe(hosts, RequestFilter(vhosts=("a.example", "b.example")))
    assert described.schema.metadata[b"findrobots.vhosts"] == b'["a.example", "b.example"]'
