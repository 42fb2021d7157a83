"""Describe what is understood of logs."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from textwrap import wrap

from findrobots.cli.console import option_style
from findrobots.cli.naming import counted
from findrobots.cli.summary import note_lines, size_text, text_read, total
from findrobots.cli.text_width import columns, listed, padded
from findrobots.jobs.advice import ScanWarning
from findrobots.jobs.doctor import Examination, Misunderstood
from findrobots.records import EPOCH
from findrobots.sanitize import printable, safe
from findrobots.tables.diagnosis import Diagnosis

__all__ = ["examination_lines"]

# Virtual hosts that are named.
VHOSTS_SHOWN = 5
# The columns of a text that goes to no terminal.
WIDTH = 120
QUOTED = re.compile(r"'[^']*'")
# A space at which a text is not wrapped; a printable text has none.
NO_BREAK = "\xa0"
NOT_UNDERSTOOD = "not understood"


def examination_lines(found: Examination, width: int | None) -> Iterator[str]:
    """Yield what is understood of logs, in lines of a width.

    Parameters
    ----------
    found
        What was found in the logs.
    width
        The columns of the terminal; None for none.
    """
    diagnosis = found.diagnosis
    yield from _logs(found, width)
    yield from _lines(diagnosis, width)
    yield ""
    yield from _shares(diagnosis)
    yield ""
    yield from _requests(diagnosis, width)
    for each in found.misunderstood:
        yield ""
        yield from _misunderstood(each, width)
    for warning in found.findings:
        yield ""
        yield from _wrapped(warning, width)
    if notes := [*note_lines(found.result)]:
        yield ""
        for note in notes:
            yield from _lines_of(note, width)


def _logs(found: Examination, width: int | None) -> Iterator[str]:
    """Yield how many logs were read, and how they are compressed."""
    sources = found.diagnosis.sources
    stored, text = total(sources["bytes_stored"]), text_read(sources)
    heading = f"{counted(sources.num_rows, 'log')}, {size_text(text)} of text"
    if stored != text:
        heading += f" ({size_text(stored)} stored)"
    yield from listed(f"{heading}: ", _most(found.compressions), width)


def _lines(diagnosis: Diagnosis, width: int | None) -> Iterator[str]:
    """Yield how many lines there are, and of which time."""
    texts = [counted(diagnosis.lines, "line")]
    if diagnosis.blank_lines:
        texts.append(f"{diagnosis.blank_lines:,} blank or comment")
    if diagnosis.requests:
        first, last = map(_time, (diagnosis.first_time, diagnosis.last_time))
        texts.append(f"from {first} to {last} UTC")
    yield from listed("", texts, width)


def _time(microseconds: int) -> str:
    return f"{EPOCH + timedelta(microseconds=microseconds):%Y-%m-%d %H:%M:%S}"


def _shares(diagnosis: Diagnosis) -> Iterator[str]:
    """Yield how many lines have each format, with their share."""
    rows = [(printable(name), count) for name, count in _ranked(diagnosis.formats)]
    if diagnosis.rejected:
        rows.append((NOT_UNDERSTOOD, diagnosis.rejected))
    name_width = max(columns(name) for name, _ in [("format", 0), *rows])
    yield f"{'format':{name_width}}  {'lines':>13}   share"
    for name, count in rows:
        share = f"{count / diagnosis.lines:.1%}"
        yield f"{padded(name, name_width, right=False)}  {count:>13,}  {share:>6}"


def _requests(diagnosis: Diagnosis, width: int | None) -> Iterator[str]:
    """Yield how many requests are for robots.txt, and to which virtual hosts."""
    yield f"robots.txt: {counted(diagnosis.robots_txt, 'request')}"
    vhosts = diagnosis.vhosts
    if not vhosts:
        yield "virtual hosts: the lines have none"
        return
    more = len(vhosts) - VHOSTS_SHOWN
    texts = _most(vhosts, VHOSTS_SHOWN)
    others = [counted(more, "other")] if more > 0 else []
    yield from listed(f"virtual hosts ({len(vhosts):,}): ", [*texts, *others], width)


def _most(counts: Counter[str], number: int | None = None) -> list[str]:
    """Return names with their counts, the most frequent first, and then by name."""
    return [f"{printable(name)} {count:,}" for name, count in _ranked(counts)[:number]]


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def _misunderstood(each: Misunderstood, width: int | None) -> Iterator[str]:
    """Yield why lines were rejected, what to do about it, and the first of them."""
    yield from _wrapped(each.advice, width)
    for reject in each.samples:
        for text in (f"  {reject.source}, byte {reject.offset}:", f"    {reject.text}"):
            yield padded(safe(text), width or WIDTH, right=False).rstrip()


def _wrapped(warning: ScanWarning, width: int | None) -> Iterator[str]:
    """Yield a finding in lines of a width; what is in quotes can be copied, so is not wrapped."""
    text = warning.describe(option_style)
    yield from _lines_of(QUOTED.sub(lambda match: match[0].replace(" ", NO_BREAK), text), width)


def _lines_of(text: str, width: int | None) -> Iterator[str]:
    """Yield a text in lines of a width, the further ones indented."""
    for line in wrap(
        text,
        width or WIDTH,
        subsequent_indent="  ",
        break_on_hyphens=False,
        break_long_words=False,
    ):
        yield line.replace(NO_BREAK, " ")
