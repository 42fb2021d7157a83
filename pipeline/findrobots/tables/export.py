"""Write tables as CSV, as one JSON document, or as a JSON document per line."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

import pyarrow as pa

from findrobots.sanitize import printable

__all__ = ["TEXT_FORMATS", "csv_chunks", "escape_formula", "text_chunks", "write_text"]

# "CSV Injection" of OWASP: characters that make a spreadsheet read a cell as a formula, also
# after another separator than the comma, as in half of Europe. Japanese spreadsheets accept
# the full-width forms too.
FORMULA = re.compile("(^|[,;|\"'\t])(?=[=+@\t\r\uff1d\uff0b\uff0d\uff20-])")
TEXT_SEPARATOR = " | "
CHUNK_ROWS = 1 << 12


def csv_chunks(table: pa.Table) -> Iterator[str]:
    """Yield a heading and the rows of a table as CSV (RFC 4180), in chunks.

    Times are those of UTC in whole seconds, written as spreadsheets take them for times. The
    texts of a list are joined by ``" | "``. Formulas are escaped.
    """
    yield ",".join(table.column_names) + "\r\n"
    for batch in table.to_batches(max_chunksize=CHUNK_ROWS):
        piece = io.StringIO()
        csv.writer(piece).writerows(zip(*map(_csv_cells, batch.columns), strict=True))
        yield piece.getvalue()


def json_chunks(table: pa.Table) -> Iterator[str]:
    """Yield the rows of a table as one JSON document: a list with an object per row.

    Times are ISO 8601 in UTC. Text is as it is: control characters are escaped as JSON has it.
    """
    before = "[\n"
    for row in _json_rows(table):
        yield before + row
        before = ",\n"
    yield "\n]\n" if before == ",\n" else "[]\n"


def ndjson_chunks(table: pa.Table) -> Iterator[str]:
    """Yield the rows of a table as JSON documents, one per line; see ``json_chunks``."""
    yield from (f"{row}\n" for row in _json_rows(table))


TEXT_FORMATS: Mapping[str, Callable[[pa.Table], Iterator[str]]] = {
    "csv": csv_chunks,
    "json": json_chunks,
    "ndjson": ndjson_chunks,
}


def text_chunks(table: pa.Table, text_format: str) -> Iterator[str]:
    """Yield a table as text in one of ``TEXT_FORMATS``."""
    yield from TEXT_FORMATS[text_format](table)


def write_text(table: pa.Table, text_format: str, file: BinaryIO) -> None:
    """Write a table to an open file in one of ``TEXT_FORMATS``, in UTF-8."""
    file.writelines(chunk.encode() for chunk in text_chunks(table, text_format))


def escape_formula(text: str) -> str:
    """Escape untrusted text so that no spreadsheet runs it and no terminal obeys it.

    >>> escape_formula("=1+1"), escape_formula("a;@b"), escape_formula("(compatible; +http://bot.example)")
    ("'=1+1", "a;'@b", '(compatible; +http://bot.example)')
    """
    return printable(FORMULA.sub(r"\1'", text))


def _json_rows(table: pa.Table) -> Iterator[str]:
    """Yield each row of a table as a JSON object."""
    for batch in table.to_batches(max_chunksize=CHUNK_ROWS):
        columns = map(_json_values, batch.columns)
        for values in zip(*columns, strict=True):
            yield json.dumps(dict(zip(table.column_names, values, strict=True)))


def _json_values(values: pa.Array) -> list[object]:
    """Return the values of a column as JSON has them: times as text."""
    if pa.types.is_timestamp(values.type):
        times = values.cast(pa.string()).to_pylist()
        return [time and f"{time.replace(' ', 'T').removesuffix('Z')}Z" for time in times]
    if pa.types.is_date(values.type):
        return [day and day.isoformat() for day in values.to_pylist()]
    return list(values.to_pylist())


def _csv_cells(values: pa.Array) -> list[object]:
    """Format the values of a column for CSV; numbers stay numbers."""
    # Arrow formats any time; those of Python end in the year 9999.
    if pa.types.is_timestamp(values.type):
        times = values.cast(pa.string()).to_pylist()
        return [(time or "").partition(".")[0].removesuffix("Z") for time in times]
    if pa.types.is_list(values.type):
        return [TEXT_SEPARATOR.join(map(escape_formula, texts)) for texts in values.to_pylist()]
    return [
        escape_formula(value) if isinstance(value, str) else value for value in values.to_pylist()
    ]
