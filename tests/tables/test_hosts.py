from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from findrobots.arrow import empty_table
from findrobots.records import Requests, concat_requests
from findrobots.tables.hosts import COLUMNS, HOSTS, MAX_TEXTS, merge_hosts, tabulate_hosts
from hypothesis import given
from hypothesis import strategies as st

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def tabulate_rows(rows):
    """Tabulate requests that are given one by one."""
    requests = Requests._make(zip(*rows, strict=True)) if rows else concat_requests([])
    return merge_hosts([tabulate_hosts(requests)])


REQUESTS = st.lists(
    st.builds(
        Requests,
        host=st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::1", "é.example"]),
        time=st.integers(-5, 5),
        method=st.sampled_from(["GET", "HEAD"]),
        target=st.just(b"/robots.txt"),
        status=st.sampled_from([0, 200, 206, 304, 404, 503, 999]),
        bytes_sent=st.integers(0, 10**15),
        vhost=st.sampled_from(["", "a.example", "b.example"]),
        format=st.just("combined"),
        user_agent=st.just("") | st.sampled_from("abcdefghijklmnopqrstuvwxyzäö"),
        source=st.sampled_from(["a.log", "b.log", "ä.log"]),
        offset=st.integers(0, 3),
    ),
    max_size=60,
)


def tabulate_plainly(requests):
    """Make the rows of a host table in plain Python: the oracle."""
    rows = []
    for host in sorted({request.host for request in requests}):
        own = [request for request in requests if request.host == host]
        first = min((request.time, request.source, request.offset) for request in own)
        hundreds = [request.status // 100 for request in own]
        agents = {request.user_agent for request in own} - {""}
        rows.append(
            {
                "host": host,
                "requests": len(own),
                "first_seen": EPOCH + timedelta(microseconds=first[0]),
                "last_seen": EPOCH + timedelta(microseconds=max(each.time for each in own)),
                "status_2xx": hundreds.count(2),
                "status_3xx": hundreds.count(3),
                "status_4xx": hundreds.count(4),
                "status_5xx": hundreds.count(5),
                "bytes_sent": sum(request.bytes_sent for request in own),
                "methods": sorted({request.method for request in own}),
                "user_agents": sorted(agents)[:MAX_TEXTS],
                "vhosts": sorted({request.vhost for request in own} - {""}),
                "source": first[1],
                "offset": first[2],
            }
        )
    return rows


@given(REQUESTS)
def test_a_host_table_says_what_plain_python_says(requests):
    table = tabulate_rows(requests)
    table.validate(full=True)
    assert table.to_pylist() == tabulate_plainly(requests)


def bytes_of(table):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


@given(REQUESTS, REQUESTS, REQUESTS)
def test_merge_is_associative_and_commutative_with_an_identity(one, two, three):
    a, b, c = map(tabulate_rows, (one, two, three))
    whole = bytes_of(tabulate_rows([*one, *two, *three]))
    assert bytes_of(merge_hosts([a, b, c])) == whole
    assert bytes_of(merge_hosts([merge_hosts([a, b]), c])) == whole
    assert bytes_of(merge_hosts([a, merge_hosts([b, c])])) == whole
    assert bytes_of(merge_hosts([c, b, a])) == whole
    assert bytes_of(merge_hosts([a, empty_table(HOSTS)])) == bytes_of(a)
    assert bytes_of(merge_hosts([])) == bytes_of(empty_table(HOSTS))


def test_the_columns_are_those_that_users_know():
    assert {field.name: str(field.type) for field in HOSTS} == {
        "host": "string",
        "requests": "int64",
        "first_seen": "timestamp[us, tz=UTC]",
        "last_seen": "timestamp[us, tz=UTC]",
        "status_2xx": "int64",
        "status_3xx": "int64",
        "status_4xx": "int64",
        "status_5xx": "int64",
        "bytes_sent": "int64",
        "methods": "list<element: string>",
        "user_agents": "list<element: string>",
        "vhosts": "list<element: string>",
        "source": "string",
        "offset": "int64",
    }


def test_each_column_is_a_row_of_its_own():
    assert [column.name for column in COLUMNS] == HOSTS.names


def test_the_smallest_user_agents_are_kept_whatever_the_order():
    def request(agent):
        return Requests("h", 0, "GET", b"/robots.txt", 200, 1, agent, "", "combined", "a.log", 0)

    agents = [f"bot/{number:03}" for number in range(100)]
    for order in (agents, agents[::-1]):
        parts = [tabulate_rows([request(agent)]) for agent in order]
        assert merge_hosts(parts)["user_agents"].to_pylist() == [agents[:MAX_TEXTS]]


@pytest.mark.parametrize("count", [1, 100_000])
def test_many_hosts_keep_their_rows_apart(count):
    requests = [
        Requests(
            *(f"h{n}", n, "GET", b"/robots.txt", 200, n),
            *(f"bot/{n % 7}", "", "combined", "a.log", n),
        )
        for n in range(count)
    ]
    table = tabulate_rows(requests)
    assert table.num_rows == count
    assert table["host"].to_pylist() == sorted(request.host for request in requests)
    assert table["bytes_sent"].to_pylist() == table["offset"].to_pylist()
    assert table["user_agents"].to_pylist() == [
        [f"bot/{n % 7}"] for n in table["offset"].to_pylist()
    ]


def test_sums_that_are_too_large_are_the_largest_number():
    row = (
        *("192.0.2.1", 0, "GET", b"/robots.txt", 200, 10**18, "", "", "combined"),
        *("a.log", 0),
    )
    largest = 2**63 - 1
    tables = [tabulate_rows([row] * count) for count in (1, 9, 10, 20)]
    assert [table["bytes_sent"][0].as_py() for table in tables] == [
        *(10**18, 9 * 10**18, largest, largest)
    ]
    one, nine, _, _ = tables
    in_turn = merge_hosts([merge_hosts([nine, one]), merge_hosts([one, one])])
    assert in_turn["bytes_sent"][0].as_py() == largest
    assert in_turn.equals(merge_hosts([one, merge_hosts([one, merge_hosts([nine, one])])]))
