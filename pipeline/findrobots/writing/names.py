"""Check the names of outputs: what they promise, and what else has them."""

import os
from collections.abc import Iterable
from pathlib import Path, PurePath

from findrobots.errors import OutputError
from findrobots.sanitize import without_credentials
from findrobots.storage.urls import is_url, local_path

__all__ = ["check_not_the_logs", "check_page_suffix", "check_suffix"]

StrPath = str | os.PathLike[str]

# Suffixes of what is not Parquet: the programs that open such files would fail.
OTHER_SUFFIXES = frozenset(
    (
        *(".arrow", ".avro", ".bz2", ".csv", ".db", ".duckdb", ".feather", ".gz", ".htm", ".html"),
        *(".json", ".jsonl", ".md", ".ndjson", ".ods", ".orc", ".pickle", ".pkl", ".sql"),
        *(".sqlite", ".tar", ".tsv", ".txt", ".xls", ".xlsx", ".xml", ".xz", ".yaml", ".yml"),
        *(".zip", ".zst"),
    )
)
PAGE_SUFFIXES = frozenset((".htm", ".html"))
NAME_ELSEWHERE = "name a file elsewhere, such as robots.parquet"


def check_suffix(path: StrPath) -> None:
    """Check that the name of an output does not promise another format than Parquet.

    Raises
    ------
    OutputError
        It does.
    """
    suffix = PurePath(without_credentials(os.fspath(path))).suffix
    if suffix.lower() in OTHER_SUFFIXES:
        hint = "use a name that ends in .parquet; findrobots show TABLE --csv prints a table as CSV"
        raise OutputError(path, f"the output is Parquet, not {suffix}", hint)


def check_page_suffix(path: StrPath) -> None:
    """Check that the name of a report page is that of an HTML file.

    Raises
    ------
    OutputError
        It is not: a server or a browser would not show it as a page.
    """
    suffix = PurePath(without_credentials(os.fspath(path))).suffix
    if suffix.lower() not in PAGE_SUFFIXES:
        raise OutputError(path, "the output is an HTML page", "use a name that ends in .html")


def check_not_the_logs(outputs: Iterable[StrPath], logs: Iterable[str]) -> None:
    """Check that no output is a directory of the logs.

    Parameters
    ----------
    outputs
        Paths and URLs.
    logs
        Files, directories, globs and URLs, as the user names them.

    Raises
    ------
    OutputError
        An output is a directory that contains logs.
    """
    places = {Path(os.path.realpath(log)) for log in logs if not is_url(log)}
    for path in outputs:
        target = local_path(os.fspath(path))
        if target is None or not Path(target).is_dir():
            continue
        directory = Path(os.path.realpath(target))
        if any(directory in {place, *place.parents} for place in places):
            raise OutputError(path, "it is a directory of the logs", NAME_ELSEWHERE)
