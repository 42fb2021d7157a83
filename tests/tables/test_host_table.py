import itertools

import pytest
from findrobots.errors import FilterMismatchError, OverlapError
from findrobots.robots.filter import RequestFilter, make_filter
from findrobots.storage.discovery import find_sources
from findrobots.tables.host_table import merge_tables
from support.samples import lines
from support.scans import scanned

EVERYTHING = RequestFilter()


def table_of(folder, *texts, request_filter=EVERYTHING):
    """Return the table of logs with these texts, in a folder of their own."""
    folder.mkdir()
    for number, text in enumerate(texts):
        (folder / f"{number}.log").write_bytes(text)
    table, _ = scanned(find_sources(folder), request_filter)
    return table


def test_tables_merge_in_any_order_to_the_table_of_one_scan(tmp_path):
    texts = [lines(100 * number, 30) for number in range(6)]
    (tmp_path / "all").mkdir()
    whole = table_of(tmp_path / "all/in", *texts)
    parts = [
        (str(number), table_of(tmp_path / str(number), *texts[2 * number : 2 * number + 2]))
        for number in range(3)
    ]
    once = merge_tables(parts)
    columns = [name for name in whole.hosts.column_names if name not in {"source", "offset"}]
    assert once.hosts.select(columns).equals(whole.hosts.select(columns))
    assert once.ledger.num_rows == whole.ledger.num_rows
    for order in itertools.permutations(parts):
        again = merge_tables(order)
        assert again.hosts.equals(once.hosts)
        assert again.ledger.equals(once.ledger)
    first, second, third = parts
    nested = merge_tables([("", merge_tables([third, first])), second])
    assert nested.hosts.equals(once.hosts)


@pytest.mark.parametrize("more", [0, 1, 500], ids=["the same", "grown", "much grown"])
def test_tables_that_include_the_same_log_are_refused(tmp_path, more):
    one = table_of(tmp_path / "one", lines(0, 300), lines(1000, 30))
    with (tmp_path / "one/0.log").open("ab") as log:
        log.write(lines(300, more))
    (tmp_path / "one/0.log").rename(tmp_path / "one/0.log.1")
    other, _ = scanned(find_sources(tmp_path / "one/0.log.1"))
    with pytest.raises(OverlapError) as caught:
        merge_tables([("one.parquet", one), ("other.parquet", other)])
    assert str(caught.value).startswith(
        f"one.parquet and other.parquet overlap: {tmp_path}/one/0.log and {tmp_path}/one/0.log.1"
    )
    both = merge_tables([("one.parquet", one), ("other.parquet", other)], allow_overlap=True)
    assert sum(both.hosts["requests"].to_pylist()) == 150 + 15 + 150 + (more + 1) // 2


def test_logs_of_two_machines_that_begin_alike_are_two_logs(tmp_path):
    one = table_of(tmp_path / "one", lines(0, 3000))
    other = table_of(tmp_path / "other", lines(0, 3000), lines(0, 3001))
    both = merge_tables([("one.parquet", one), ("other.parquet", other)])
    assert sum(both.hosts["requests"].to_pylist()) == 1500 + 1500 + 1501


def test_logs_without_lines_overlap_with_none(tmp_path):
    one = table_of(tmp_path / "one", b"", b"#Version: 1.0\n", lines(0, 3))
    other = table_of(tmp_path / "other", b"", b"#Version: 1.0\n", lines(10, 3))
    assert merge_tables([("", one), ("", other)]).ledger.num_rows == 6


@pytest.mark.parametrize(
    "request_filter",
    [
        make_filter("/ads.txt"),
        make_filter(vhosts=["example.com"]),
        make_filter(since="2026-09-01"),
        make_filter(until="2026-09-01"),
    ],
)
def test_tables_that_count_other_requests_are_refused(tmp_path, request_filter):
    one = table_of(tmp_path / "one", lines(0, 3))
    other = table_of(tmp_path / "other", lines(10, 3), request_filter=request_filter)
    with pytest.raises(FilterMismatchError, match=r"a was built for /robots\.txt, b for "):
        merge_tables([("a", one), ("b", other)])
