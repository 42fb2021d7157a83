"""Check the names of outputs: what they promise, and what else has them."""

import os
import re
from collections.abc import Iterable
from pathlib import Path, PurePath

from findrobots.errors import OutputError
from findrobots.sanitize import without_credentials
from findrobots.storage.urls import is_url, local_path

__all__ = ["PAGE", "SUFFIXES", "check_not_the_logs", "check_suffix", "choose_format"]

StrPath = str | os.PathLike[str]

# The suffixes that promise a format in which tables are written.
SUFFIXES = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
}
# The format of a report page.
PAGE = "html"
FORMAT_NAMES = {"parquet": "Parquet", "csv": "CSV", "json": "JSON", "ndjson": "NDJSON"}
# What looks like the suffix of a format: not the end of robots-2026.09.
SUFFIX = re.compile(r"\.[a-z]\w*")
# Suffixes of other formats: the programs that open such files would fail.
OTHER_SUFFIXES = frozenset(
    (
        *(
            ".parquet",
            ".arrow",
            ".avro",
            ".bz2",
            ".csv",
            ".db",
            ".duckdb",
            ".feather",
            ".gz",
            ".htm",
            ".html",
        ),
        *(".json", ".jsonl", ".md", ".ndjson", ".ods", ".orc", ".pickle", ".pkl", ".sql"),
        *(".sqlite", ".tar", ".tsv", ".txt", ".xls", ".xlsx", ".xml", ".xz", ".yaml", ".yml"),
        *(".zip", ".zst"),
    )
)
PAGE_SUFFIXES = frozenset((".htm", ".html"))
NAME_ELSEWHERE = "name a file elsewhere, such as robots.parquet"


def choose_format(path: StrPath, chosen: str | None = None) -> str:
    """Return the format in which a table is written to a path.

    Parameters
    ----------
    path
        A path or a URL.
    chosen
        The format that the user chose; by default the suffix decides. A name without a suffix is
        Parquet, and so is a file of any name that exists already.

    Returns
    -------
    A value of ``SUFFIXES``.

    Raises
    ------
    OutputError
        The suffix is unknown, or promises another format than the chosen one.
    """
    suffix = _suffix(path)
    written = chosen or SUFFIXES.get(suffix, "parquet")
    is_unknown = SUFFIX.fullmatch(suffix) and suffix not in SUFFIXES
    if is_unknown and not (chosen or _is_file(path)):
        *names, last = dict.fromkeys(SUFFIXES)
        hint = f"use a name that ends in {', '.join(names)} or {last}"
        raise OutputError(path, f"{suffix} is not the suffix of a table", hint)
    check_suffix(path, written)
    return written


def check_suffix(path: StrPath, written: str = "parquet") -> None:
    """Check that the name of an output does not promise another format than it has.

    Parameters
    ----------
    path
        A path or a URL.
    written
        The format that is written: a value of ``SUFFIXES``, or ``PAGE``.

    Raises
    ------
    OutputError
        It does.
    """
    suffix = _suffix(path)
    if written == PAGE and suffix not in PAGE_SUFFIXES:
        # A server or a browser would not show it as a page.
        raise OutputError(path, "the output is an HTML page", "use a name that ends in .html")
    if written != PAGE and suffix in OTHER_SUFFIXES and SUFFIXES.get(suffix) != written:
        hint = f"use a name that ends in .{written}"
        raise OutputError(path, f"the output is {FORMAT_NAMES[written]}, not {suffix}", hint)


def _is_file(path: StrPath) -> bool:
    local = local_path(os.fspath(path))
    return local is not None and Path(local).is_file()


def _suffix(path: StrPath) -> str:
    return PurePath(without_credentials(os.fspath(path))).suffix.lower()


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
