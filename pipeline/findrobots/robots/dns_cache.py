"""Keep the answers of DNS in a file, with their dates.

The file has one JSON object per line. It can be removed at any time: only lookups are lost.
"""

import json
import os
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from findrobots.robots.names import NameAnswer

__all__ = ["default_cache", "read_cache", "write_cache"]

FORMAT = 1
# How long an answer is kept, whatever its TTL: an accusation needs one of 31 days at most, and a
# server's failure passes.
KEEP_ANSWER = timedelta(days=30)
KEEP_FAILURE = timedelta(hours=1)
# An answer takes some 200 bytes, so the file has some 20 MB at most.
MAX_ANSWERS = 100_000
MAX_BYTES = 64 << 20


def default_cache() -> Path:
    """Return the path of the cache in the user's cache directory."""
    from platformdirs import user_cache_path  # noqa: PLC0415 (only lookups need it)

    return user_cache_path("findrobots") / "dns.jsonl"


def read_cache(path: Path, now: datetime) -> tuple[dict[str, NameAnswer], str]:
    """Read the answers that are still valid.

    Parameters
    ----------
    path
        File of the cache; it need not exist.
    now
        The time for which answers must be valid.

    Returns
    -------
    The answers by address, and a note on what is wrong with the file; empty if nothing is.
    """
    answers: dict[str, NameAnswer] = {}
    damaged = 0
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return {}, ""
    except OSError as error:
        return {}, f"The cache of DNS answers {path} cannot be read: {error.strerror}."
    if len(content) > MAX_BYTES:
        return {}, f"The cache of DNS answers {path} is too large; it is written again."
    for line in content.splitlines():
        try:
            answer = _from_json(line)
        except (KeyError, OverflowError, RecursionError, TypeError, ValueError):
            damaged += 1
            continue
        if _is_valid(answer, now):
            answers[answer.address] = answer
    note = f"The cache of DNS answers {path} is damaged: {damaged} lines were ignored."
    return answers, note if damaged else ""


def write_cache(path: Path, answers: Iterable[NameAnswer]) -> str:
    """Write the answers atomically, the latest ones if there are too many.

    If two runs write at a time, the answers of one are lost, and looked up again when needed.

    Returns
    -------
    A note on why they could not be written; empty if they were.
    """
    latest = sorted(answers, key=lambda each: (each.asked, each.address), reverse=True)
    lines = [_to_json(answer) for answer in islice(latest, MAX_ANSWERS)]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".dns-", suffix=".tmp")
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.writelines(f"{line}\n" for line in lines)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        return f"The cache of DNS answers {path} cannot be written: {error.strerror}."
    return ""


def _is_valid(answer: NameAnswer, now: datetime) -> bool:
    keep = KEEP_ANSWER if answer.is_complete else KEEP_FAILURE
    return timedelta(0) <= now - answer.asked <= keep


def _to_json(answer: NameAnswer) -> str:
    return json.dumps({"format": FORMAT, **answer._asdict(), "asked": answer.asked.isoformat()})


def _from_json(line: bytes) -> NameAnswer:
    """Return the answer of a line.

    Raises
    ------
    KeyError, TypeError, ValueError
        The line is damaged, or not written by this version.
    """
    fields = json.loads(line)
    if not isinstance(fields, dict) or fields.pop("format") != FORMAT:
        raise ValueError
    asked = datetime.fromisoformat(fields.pop("asked")).astimezone(UTC)
    names, confirmed, denied = (
        _texts(fields.pop(each)) for each in ("names", "confirmed", "denied")
    )
    address, failure = _texts([fields.pop("address"), fields.pop("failure")])
    omitted = fields.pop("omitted")
    if fields or not isinstance(omitted, int) or not {*names}.issuperset(confirmed + denied):
        raise ValueError
    return NameAnswer(address, asked, names, confirmed, denied, failure, omitted)


def _texts(values: object) -> tuple[str, ...]:
    """Return a list of printable texts as a tuple."""
    if not isinstance(values, list):
        raise TypeError
    if not all(isinstance(each, str) and each.isascii() and each.isprintable() for each in values):
        raise ValueError
    return tuple(values)
