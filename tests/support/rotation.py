"""Rotate the logs of a site as logrotate does, one step at a time.

The steps are those of logrotate 3.21 (``rotateLogSet`` in logrotate.c): compress what
``delaycompress`` left, rename the oldest first, rename or copy the log itself, have the server
reopen it, compress it, remove what is too old.
"""

from datetime import timedelta
from typing import NamedTuple

from support.site import STORES
from support.traffic import FIRST_SECOND

TODAY = FIRST_SECOND.date()


class Style(NamedTuple):
    """How logs are rotated: logrotate's words, and what people do to logs besides."""

    dateext: bool = False
    copytruncate: bool = False
    compress: bool = False
    delaycompress: bool = False
    size: int = 0
    rotate: int = 3
    olddir: bool = False
    chore: str = ""


STYLES = {
    "numbers": Style(),
    "numbers, compress": Style(compress=True),
    "numbers, delaycompress": Style(compress=True, delaycompress=True),
    "numbers, olddir, compress": Style(compress=True, olddir=True),
    "numbers, rotate 1": Style(compress=True, rotate=1),
    "numbers, copytruncate": Style(copytruncate=True),
    "numbers, copytruncate, compress": Style(copytruncate=True, compress=True),
    "dateext": Style(dateext=True, rotate=9),
    "dateext, compress": Style(dateext=True, compress=True, rotate=9),
    "dateext, delaycompress": Style(dateext=True, compress=True, delaycompress=True),
    "dateext, copytruncate, compress": Style(dateext=True, copytruncate=True, compress=True),
    "dateext, olddir": Style(dateext=True, olddir=True, rotate=9),
    "size, compress": Style(size=400, compress=True),
    "recompress": Style(compress=True, chore="recompress", rotate=9),
    "archive": Style(dateext=True, compress=True, chore="archive", rotate=9),
    "edit": Style(dateext=True, chore="edit", rotate=9),
}


def rotate(site, style):
    """Rotate each log of a site, and yield after each step."""
    site.day += 1
    chosen = [log for log in site.logs if log.piece.size >= style.size]
    if site.luck.random() < 0.5:  # as sharedscripts does: all are renamed before one is compressed
        for part in (_before, _replace, _after):
            for log in chosen:
                yield from part(site, style, log)
    else:
        for log in chosen:
            for part in (_before, _replace, _after):
                yield from part(site, style, log)
    yield from _chore(site, style)


def _before(site, style, log):
    """Compress what was left, and rename what was rotated before, the oldest first."""
    if style.delaycompress:
        for path in _rotated(site, style, log):
            if path.suffix not in STORES:
                yield from site.compress(path, ".gz")
    if not style.dateext:
        for path in reversed(_rotated(site, style, log)):
            ending = path.suffix if path.suffix in STORES else ""
            number = _number(path)
            site.rename(path, path.with_name(f"{log.path.name}.{number + 1}{ending}"))
            yield


def _replace(site, style, log):
    """Rename the log and have the server reopen it; or copy it and empty it."""
    new = _directory(site, style, log) / f"{log.path.name}{_suffix(site, style)}"
    new.parent.mkdir(parents=True, exist_ok=True)
    if style.copytruncate:
        yield from site.copy_and_truncate(log, new)
    else:
        site.rename(log.path, new)
        yield
        log.create()
        yield
        log.reopen()
        yield


def _after(site, style, log):
    """Compress the rotated log, and remove the oldest."""
    if style.compress and not style.delaycompress:
        for path in _rotated(site, style, log):
            if path.suffix not in STORES:
                yield from site.compress(path, ".gz")
    rotated = _rotated(site, style, log)
    old = rotated[: -style.rotate] if style.dateext else rotated[style.rotate :]
    for path in old:
        site.remove(path)
        yield


def _chore(site, style):
    """Do to one rotated log what people do."""
    rotated = [
        path for log in site.logs for path in _rotated(site, style, log) if path.suffix != ".xz"
    ]
    if not style.chore or not rotated:
        return
    path = site.luck.choice(rotated)
    if style.chore == "recompress":
        yield from site.compress(path, ".xz")
    elif style.chore == "archive":
        site.rename(path, site.folder / "archive" / path.relative_to(site.folder))
    elif site.traffic.kind not in {"one_line", "equal_logs"}:
        site.edit(path)
    yield


def _directory(site, style, log):
    if not style.olddir:
        return log.path.parent
    return site.folder / "old" / log.path.parent.relative_to(site.folder)


def _suffix(site, style):
    return f"-{TODAY + timedelta(site.day):%Y%m%d}" if style.dateext else ".1"


def _rotated(site, style, log):
    """List the rotated files of a log: by date, or by number."""
    folder, mark = _directory(site, style, log), "-" if style.dateext else "."
    begin = f"{log.path.name}{mark}"
    found = [path for path in site.files if path.parent == folder and path.name.startswith(begin)]
    return sorted(found, key=None if style.dateext else _number)


def _number(path):
    return int(next(part for part in path.name.split(".")[::-1] if part.isdigit()))
