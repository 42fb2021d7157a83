"""Turn requests into an Arrow table, from which tables of groups are made."""

import pyarrow as pa

from findrobots.arrow import Integers, integers, table_of, texts
from findrobots.formats.coded import Coded, RobotRequests, code
from findrobots.records import Requests
from findrobots.tables.grouping import REQUESTS

__all__ = ["request_table"]


def request_table(requests: Requests | RobotRequests) -> pa.Table:
    """Return requests as a table with the schema ``REQUESTS``, in one chunk."""
    if isinstance(requests, Requests):
        return table_of(requests._asdict(), REQUESTS)
    arrays = [_array(getattr(requests, field.name), field.type) for field in REQUESTS]
    return pa.Table.from_arrays(arrays, schema=REQUESTS)


def _array(column: Integers | Coded[str], kind: pa.DataType) -> pa.Array:
    if not isinstance(column, Coded):
        return integers(column, kind)
    # Equal values may have several codes, but one place in the dictionary.
    distinct = code(column.values)
    codes = integers(distinct.codes[column.codes], kind.index_type)
    return pa.DictionaryArray.from_arrays(codes, texts(distinct.values, kind.value_type))
