import csv
import io
import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from findrobots.tables.export import TEXT_FORMATS, text_chunks, write_text
from hypothesis import given
from hypothesis import strategies as st

SCHEMA = pa.schema(
    {
        "host": pa.string(),
        "requests": pa.int64(),
        "seen": pa.timestamp("us", "UTC"),
        "day": pa.date32(),
        "agents": pa.list_(pa.string()),
    }
)
TIMES = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (as st.datetimes has it)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "host": st.text(),
            "requests": st.integers(0, 2**63 - 1),
            "seen": st.none() | TIMES,
            "day": st.none() | st.dates(),
            "agents": st.lists(st.text(), max_size=3),
        }
    ),
    max_size=5,
)


def written(rows, text_format):
    file = io.BytesIO()
    write_text(pa.Table.from_pylist(rows, SCHEMA), text_format, file)
    return file.getvalue().decode()


def as_json(row):
    times = {
        "seen": row["seen"] and f"{row['seen']:%Y-%m-%dT%H:%M:%S.%fZ}".rjust(27, "0"),
        "day": row["day"] and row["day"].isoformat(),
    }
    return row | times


@given(ROWS)
def test_json_is_one_document_with_all_rows(rows):
    assert json.loads(written(rows, "json")) == [*map(as_json, rows)]


@given(ROWS)
def test_ndjson_is_one_document_per_line(rows):
    lines = written(rows, "ndjson").splitlines()
    assert [*map(json.loads, lines)] == [*map(as_json, rows)]


@given(ROWS)
def test_csv_has_times_that_spreadsheets_take_for_times(rows):
    heading, *lines = csv.reader(io.StringIO(written(rows, "csv"), newline=""), strict=True)
    assert heading == SCHEMA.names
    times = [row["seen"] and row["seen"].replace(microsecond=0, tzinfo=None) for row in rows]
    assert [text and datetime.fromisoformat(text) for _, _, text, *_ in lines] == [
        time or "" for time in times
    ]
    assert all("T" not in text and "Z" not in text for _, _, text, *_ in lines)


@pytest.mark.parametrize(
    ("text_format", "empty"),
    [("csv", "host,requests,seen,day,agents\r\n"), ("json", "[]\n"), ("ndjson", "")],
)
def test_a_table_without_rows_is_valid_too(text_format, empty):
    assert written([], text_format) == empty


@given(ROWS)
def test_nothing_in_text_steers_a_terminal(rows):
    table = pa.Table.from_pylist(rows, SCHEMA)
    for text_format in TEXT_FORMATS:
        text = "".join(text_chunks(table, text_format))
        assert text.replace("\r\n", "").replace("\n", "").isprintable()
