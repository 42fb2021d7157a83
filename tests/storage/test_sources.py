from findrobots.storage.sources import Source, Sources
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.text("abc\udce9", max_size=3)
LOGS = st.lists(
    st.builds(Source, NAMES, st.integers(0, 9), NAMES, st.just(1), st.integers(0, 9), NAMES),
    max_size=9,
)


@given(LOGS, LOGS)
def test_columns_are_the_logs_that_they_were_made_of(logs, more):
    sources = Sources(logs)
    assert sources == logs
    assert [sources[number] for number in range(len(sources))] == logs
    assert sources.inode.tolist() == [log.inode for log in logs]
    sources.extend(Sources(more))
    assert sources == logs + more


@given(LOGS, st.data())
def test_logs_are_chosen_as_from_a_list(logs, data):
    sources = Sources(logs)
    wanted = data.draw(st.lists(st.booleans(), min_size=len(logs), max_size=len(logs)))
    assert sources.where(wanted) == [log for log, is_so in zip(logs, wanted, strict=True) if is_so]
    rows = data.draw(st.permutations(range(len(logs))))
    assert sources.at(rows) == [logs[row] for row in rows]
    assert sources[1:3] == logs[1:3]
    assert sources.sorted() == sorted(logs, key=lambda log: log.path)


def test_a_log_lies_where_it_was_named_unless_that_is_relative():
    sources = Sources([Source("/logs/a", 1), Source("b", 2, "/logs/b")])
    assert sources.places() == ["/logs/a", "/logs/b"]


def test_other_values_of_a_field_leave_the_first_logs_as_they_were():
    sources = Sources([Source("a", 1, version="7")])
    assert sources.replaced(version=[""]) == [Source("a", 1)]
    assert sources == [Source("a", 1, version="7")]
