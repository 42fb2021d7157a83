"""Load the table of the address lists that operators publish, with their URLs."""

import csv
import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

__all__ = ["PublishedList", "load_published", "parse_published"]

TABLE = Path(__file__).with_name("lists.csv")
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class PublishedList(NamedTuple):
    """An address list of an operator.

    Attributes
    ----------
    name
        Its name, which is that of its directory.
    operator
        Who publishes it.
    urls
        Where, over HTTPS; several if it is text in parts. None if no program can read it.
    docs
        The operator's page about it.
    note
        Why it has no URL.
    checked
        The day on which the row was checked.
    """

    name: str
    operator: str
    urls: tuple[str, ...]
    docs: str
    note: str
    checked: date


@cache
def load_published() -> tuple[PublishedList, ...]:
    """Return the lists of all operators, sorted by name."""
    return parse_published(TABLE.read_text(encoding="utf-8").splitlines())


def parse_published(lines: Iterable[str]) -> tuple[PublishedList, ...]:
    """Return the rows of a table of lists.

    Raises
    ------
    ValueError
        A row is invalid, or the rows are not sorted by distinct names.
    """
    rows = csv.DictReader(lines, strict=True)
    if tuple(rows.fieldnames or ()) != PublishedList._fields:
        message = f"the columns are not {', '.join(PublishedList._fields)}"
        raise ValueError(message)
    lists = tuple(map(_row, rows))
    names = [each.name for each in lists]
    if names != sorted(set(names)):
        message = "the rows are not sorted by distinct names"
        raise ValueError(message)
    return lists


def _row(cells: dict[str, str]) -> PublishedList:
    name, operator, urls, docs, note, checked = cells.values()
    day = date.fromisoformat(checked)
    row = PublishedList(name, operator, tuple(urls.split()), docs, note, day)
    problems = {
        "its name is not of lower-case words and hyphens": not NAME.fullmatch(name),
        "it has no operator": not operator,
        "it needs either URLs or a note why it has none": bool(urls) == bool(note),
        "a URL is not HTTPS": not all(map(_is_https, (*row.urls, docs))),
    }
    for problem, found in problems.items():
        if found:
            message = f"{name}: {problem}"
            raise ValueError(message)
    return row


def _is_https(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and bool(parts.hostname) and not parts.username
