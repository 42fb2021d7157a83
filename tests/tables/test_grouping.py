"""Rows of a key are one, whose values are those of the first, the sum, or all."""

from collections import Counter
from operator import itemgetter

import pyarrow as pa
from findrobots.tables.grouping import (
    CODED,
    CODED_TEXTS,
    FIRST,
    SUM,
    TEXTS,
    UNION,
    Column,
    TableKind,
    as_plain,
    code_texts,
    field,
    one,
)
from hypothesis import given
from hypothesis import strategies as st

NAMES = ("host", "day", "time", "source", "offset", "count", "texts")
KINDS = (CODED, pa.int64(), pa.int64(), CODED, pa.int64(), pa.int64(), CODED_TEXTS)
MERGES = (FIRST, FIRST, FIRST, FIRST, FIRST, SUM, UNION)
TABLE = TableKind(
    tuple(
        Column(*each[:2], field(each[0]), each[2])
        for each in zip(NAMES, KINDS, MERGES, strict=True)
    ),
    ("host", "day"),
    ("time", "source", "offset"),
)
PLAIN = as_plain(TABLE.schema)
TEXT = st.sampled_from(["a", "b", "é"])
ROWS = st.lists(
    st.tuples(
        TEXT,
        st.integers(0, 2),
        st.sampled_from([-(1 << 60), 0, 1, 1 << 60]),
        TEXT,
        st.integers(0, 3),
        st.integers(0, 5),
        st.sets(TEXT, max_size=2).map(sorted),
    ),
    max_size=12,
    unique_by=itemgetter(0, 1, 2, 3, 4),
)


def table_of(rows):
    columns = zip(*rows, strict=True) if rows else [()] * len(NAMES)
    return pa.table([*map(pa.array, columns, PLAIN.types)], schema=PLAIN)


def grouped(rows):
    """Group rows one by one."""
    found = {}
    for row in sorted(rows, key=itemgetter(0, 1, 2, 3, 4)):
        first, count, texts = found.get(row[:2], (row[:5], 0, set()))
        found[row[:2]] = first, count + row[5], texts | {*row[6]}
    return table_of([(*first, count, sorted(texts)) for first, count, texts in found.values()])


@given(ROWS, st.integers(0, 12))
def test_tables_merge_as_their_rows_do(rows, place):
    parts = [table_of(rows[:place]), table_of(rows[place:])]
    singles = [TABLE.merge([part, part.slice(0, 0)]) for part in parts]
    alone = [
        TABLE.merge([table_of([row]) for row in part]) for part in (rows[:place], rows[place:])
    ]
    together = TABLE.merge(table_of([row]) for row in rows)
    assert together.cast(PLAIN).equals(grouped(rows))
    assert TABLE.merge(alone).cast(PLAIN).equals(grouped(rows))
    assert all(table.schema.equals(TABLE.schema) for table in (*singles, together))


@given(ROWS)
def test_texts_are_coded_and_decoded_unchanged(rows):
    coded = code_texts(table_of(rows), TABLE.schema)
    assert coded.schema.equals(TABLE.schema)
    assert coded.cast(PLAIN).equals(table_of(rows))
    assert PLAIN.field("texts").type == TEXTS


NUMBERS = st.integers(-(1 << 63), (1 << 63) - 1) | st.integers(-2, 1 << 17) | st.integers(0, 2)


@given(st.lists(NUMBERS, max_size=20))
def test_numbers_of_any_size_are_sorted(numbers):
    columns = (
        Column("day", pa.int64(), field("day"), FIRST),
        Column("count", pa.int64(), one, SUM),
    )
    found = TableKind(columns, ("day",), ()).tabulate(pa.table({"day": pa.array(numbers, "i8")}))
    assert [*zip(*found.to_pydict().values(), strict=True)] == sorted(Counter(numbers).items())
