import pytest
from findrobots.arrow import table_of_rows
from findrobots.formats.coded import code_requests, concat
from findrobots.records import (
    INTERRUPTED,
    UNOPENED,
    UNREADABLE,
    Overview,
    Reject,
    Requests,
    SourceStatus,
    Unrecognized,
)
from findrobots.tables import ledger, results
from findrobots.tables.results import NOTHING, BufferSizes, list_unopened, merge, tabulate
from hypothesis import given
from hypothesis import strategies as st

SOURCES = st.sampled_from(["a.log", "b.log"])
ITEMS = st.lists(
    st.builds(Reject, SOURCES, st.integers(0, 9), st.sampled_from("xyz"), st.text(max_size=2))
    | st.builds(
        lambda source, size, damage: SourceStatus(source, bytes_text=size, damage=damage),
        *(SOURCES, st.integers(0, 9), st.sampled_from(["", "cut"])),
    )
    | st.builds(Unrecognized, SOURCES, st.sampled_from("xyz"))
    | st.builds(Overview, *(st.integers(0, 9),) * 2, st.booleans(), *(st.integers(0, 9),) * 2)
    | st.lists(
        st.builds(
            Requests,
            host=st.sampled_from("abc"),
            time=st.integers(0, 9),
            method=st.just("GET"),
            target=st.just(b"/robots.txt"),
            status=st.just(200),
            bytes_sent=st.integers(0, 9),
            user_agent=st.just(""),
            vhost=st.just(""),
            format=st.sampled_from(["common", "combined"]),
            source=SOURCES,
            offset=st.integers(0, 9),
        ),
        min_size=1,
        max_size=5,
    ).map(lambda rows: Requests._make(zip(*rows, strict=True))),
    max_size=40,
)


def in_order(found):
    """Sort the statuses, which come in any order."""
    keys = [(name, "ascending") for name in found.sources.column_names]
    return found._replace(sources=found.sources.sort_by(keys))


def test_the_result_of_no_items_is_empty():
    assert tabulate([]) == NOTHING
    assert merge([]) == NOTHING


@given(ITEMS, st.lists(st.booleans(), min_size=40, max_size=40))
def test_requests_in_columns_give_the_same_result(items, in_columns):
    coded = [
        code_requests(item) if is_coded and isinstance(item, Requests) else item
        for item, is_coded in zip(items, in_columns, strict=False)
    ]
    whole = tabulate(items)
    assert tabulate(coded) == whole
    one, other = (tabulate(each, fetches=True).audit.fetches for each in (coded, items))
    assert one.to_pylist() == other.to_pylist()
    # Fewer rows than are merged at a time: parts of the columns are concatenated.
    parts = [code_requests(item) for item in items if isinstance(item, Requests)]
    if parts:
        assert tabulate([concat(parts)]).hosts == whole.hosts


@given(ITEMS, st.integers(1, 7), st.none() | st.integers(0, 3))
def test_any_batch_size_gives_the_same_result(items, batch_size, max_rejects):
    whole = tabulate(items, max_rejects=max_rejects)
    sizes = BufferSizes(batch_rows=batch_size, merge_rows=batch_size)
    assert tabulate(iter(items), max_rejects=max_rejects, sizes=sizes) == whole


@given(ITEMS, ITEMS, st.none() | st.integers(0, 3))
def test_merge_is_commutative_and_gives_what_one_scan_gives(one, two, max_rejects):
    a = tabulate(one, max_rejects=max_rejects)
    b = tabulate(two, max_rejects=max_rejects)
    whole = tabulate([*one, *two], max_rejects=max_rejects)
    assert in_order(merge([a, b], max_rejects=max_rejects)) == in_order(whole)
    assert in_order(merge([b, a], max_rejects=max_rejects)) == in_order(whole)
    assert in_order(merge([NOTHING, a], max_rejects=max_rejects)) == in_order(a)


def test_all_rejects_are_counted_and_the_first_are_kept():
    rejects = [Reject(f"{name}.log", 5, "why", "text") for name in "cab"]
    found = tabulate(rejects, max_rejects=2)
    assert found.reject_count == 3
    assert found.rejects["source"].to_pylist() == ["a.log", "b.log"]


@pytest.mark.slow
def test_a_partition_of_many_requests_keeps_only_its_hosts(monkeypatch):
    rows_merged, original = [], results.merge_coded_hosts

    def merge_coded_hosts(tables):
        rows_merged.append(sum(table.num_rows for table in tables))
        return original(tables)

    monkeypatch.setattr(results, "merge_coded_hosts", merge_coded_hosts)
    requests = (
        Requests(
            [str(n % 3)],
            [n],
            ["GET"],
            [b"/robots.txt"],
            [200],
            [1],
            [""],
            [""],
            ["common"],
            ["a.log"],
            [n],
        )
        for n in range(2_000)
    )
    found = tabulate(requests, sizes=BufferSizes(batch_rows=10, merge_rows=10))
    assert found.hosts["requests"].to_pylist() == [667, 667, 666]
    assert max(rows_merged) < 40


def test_a_log_that_was_opened_and_could_not_be_read_is_not_among_the_unopened():
    statuses = [
        SourceStatus("b.log", outcome=UNOPENED, damage="Permission denied"),
        SourceStatus("c.log", outcome=UNREADABLE, damage="corrupt at byte 9"),
        SourceStatus("d.log", outcome=INTERRUPTED, damage="Input/output error"),
        SourceStatus("a.log", outcome=UNOPENED, damage="is a device, not a log file"),
        SourceStatus("e.log"),
    ]
    assert list_unopened(table_of_rows(statuses, ledger.SOURCES)) == [
        ("a.log", "is a device, not a log file"),
        ("b.log", "Permission denied"),
    ]
