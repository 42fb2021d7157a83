"""Numbers and texts in columns."""

import time

import numpy as np
import pyarrow as pa
import pytest
from findrobots import arrow
from findrobots.arrow import combine, compact, distinct_rows, encode, pack, rank_texts, unpack
from hypothesis import given
from hypothesis import strategies as st
from support.collisions import texts_of_one_hash

LARGE = st.integers(-3, 3) | st.integers(-(1 << 61), 1 << 61)
ROWS = st.lists(st.tuples(LARGE, st.integers(-2, 2), LARGE), min_size=1, max_size=20)


def columns_of(rows):
    return [np.array(column, np.int64) for column in zip(*rows, strict=True)]


@given(ROWS, st.sampled_from([1 << 62, 20]))
def test_combined_numbers_compare_as_rows_do(rows, most):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(arrow, "MAX_NUMBER", most)
        combined = combine(columns_of(rows)).tolist()
    for one, row in zip(combined, rows, strict=True):
        for other, other_row in zip(combined, rows, strict=True):
            assert (one < other, one == other) == (row < other_row, row == other_row)


def test_days_of_32_bits_are_combined_in_64():
    days, others = np.array([0, 2_900_000, 1], np.int32), np.array([0, 1000, 2000])
    assert combine([days, others]).tolist() == [0, 2_900_000 * 2001 + 1000, 2001 + 2000]


@given(ROWS)
def test_equal_rows_have_the_number_of_their_first_row(rows):
    firsts, numbers = distinct_rows(columns_of(rows))
    assert [rows[firsts[number]] for number in numbers] == rows
    assert [rows.index(rows[first]) for first in firsts] == firsts.tolist()
    assert len(firsts) == len({*rows})


def test_no_rows_have_no_numbers():
    firsts, numbers = distinct_rows([np.zeros(0, np.int64)] * 2)
    assert (len(firsts), len(numbers)) == (0, 0)


def test_a_compact_array_has_the_values_that_are_used():
    values = pa.DictionaryArray.from_arrays(pa.array([2, 0, 2], pa.int32()), ["a", "b", "c"])
    assert compact(values).to_pylist() == ["c", "a", "c"]
    assert compact(values).dictionary.to_pylist() == ["a", "c"]


def test_a_packed_table_is_the_same_and_zeros_take_no_room():
    coded = pa.array(["bot"] * 10_000).dictionary_encode()
    lists = pa.ListArray.from_arrays(pa.array(range(10_001), pa.int32()), coded)
    table = pa.table({"count": np.zeros(10_000, np.int64), "text": coded, "texts": lists})
    packed = pack(table)
    assert unpack(packed).equals(table)
    assert len(packed) < table.nbytes / 4


@given(st.lists(st.text("ab\xe9", max_size=3)))
def test_texts_are_ranked_by_their_bytes(values):
    distinct = sorted({*values}, key=str.encode)
    ranks, firsts = rank_texts(pa.array(values, pa.string()))
    assert ranks.tolist() == [*map(distinct.index, values)]
    assert firsts.tolist() == [*map(values.index, distinct)]


@given(st.lists(st.text("ab\xe9", max_size=3)), st.integers(1, 5))
def test_encoded_texts_are_what_they_were_and_each_stands_once_in_order(texts, most):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(arrow, "MAX_HASHED", most)
        encoded = encode(pa.array(texts, pa.string()))
    assert encoded.to_pylist() == texts
    assert encoded.dictionary.to_pylist() == sorted({*texts}, key=str.encode)


def seconds_to(encode_texts, texts):
    taken = []
    for _ in range(3):
        began = time.thread_time()
        encode_texts(texts)
        taken.append(time.thread_time() - began)
    return min(taken)


@pytest.mark.timing
def test_texts_of_one_hash_take_linear_time(monkeypatch):
    monkeypatch.setattr(arrow, "MAX_HASHED", 1024)
    texts = pa.array(texts_of_one_hash(8 * arrow.MAX_HASHED))
    assert encode(texts).to_pylist() == texts.to_pylist()
    long, short = (seconds_to(encode, each) for each in (texts, texts[: len(texts) // 4]))
    assert long < 8 * short  # a quadratic one takes 16 times as long
    assert seconds_to(pa.StringArray.dictionary_encode, texts) > 2 * long  # they do have one hash
