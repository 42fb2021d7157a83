"""Show the first rows of a table in a notebook, as HTML."""

from datetime import datetime

import pyarrow as pa

from findrobots.sanitize import printable

__all__ = ["html_table"]


def html_table(rows: pa.Table, caption: str) -> str:
    """Return rows, which may have untrusted text, as an HTML table."""
    from html import escape  # noqa: PLC0415 (only a notebook needs it)

    head = "".join(f"<th>{name}</th>" for name in rows.column_names)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(_cell(value))}</td>' for value in row.values())}</tr>"
        for row in rows.to_pylist()
    )
    return (
        f"<table><caption>{escape(printable(caption))}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cell(value: object) -> str:
    """Return a value of the table as text that is safe to show."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return printable(", ".join(value) if isinstance(value, list) else str(value))
