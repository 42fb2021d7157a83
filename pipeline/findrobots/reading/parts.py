"""Join the parts of lines in the log of a container runtime, which splits long ones."""

from collections import deque

from findrobots.formats.containers import Part, Runtime, join_parts, parse_part
from findrobots.reading.lines import MAX_LINE, end_of_line, find_lines, find_long_lines

__all__ = ["FoundLine", "PartJoiner"]

# A line with its offset.
FoundLine = tuple[int, bytes]


class PartJoiner:
    """Join the parts of split lines, and find those that contain any of some byte strings.

    The parts of a line are entries of one stream, with entries of the other between them. What is
    found from the first part on is held until no line lacks a part any more, so that reading
    can resume at ``begin`` and find all of it again. A line whose parts lie further apart than a
    line may be long is given up: it stays tagged as incomplete.

    Parameters
    ----------
    runtime
        The container runtime that wrote the log.
    needles
        The byte strings to look for.
    max_size
        Bytes of the log from the first part on within which all parts must be.
    """

    __slots__ = ("_held", "_split", "begin", "max_size", "needles", "runtime")

    def __init__(
        self, runtime: Runtime, needles: tuple[bytes, ...], *, max_size: int = MAX_LINE
    ) -> None:
        self.runtime, self.needles, self.max_size = runtime, needles, max_size
        # Where the first line begins that lacked a part when the others began.
        self.begin: int | None = None
        self._split: dict[bytes, tuple[int, list[Part]]] = {}  # by stream
        self._held: list[FoundLine] = []

    def join(self, offset: int, block: memoryview, found: list[tuple[int, int]]) -> list[FoundLine]:
        """Return the matching lines of a block, those that end in it joined.

        Parameters
        ----------
        offset
            The offset of the block in the text.
        block
            Complete lines.
        found
            Where the entries begin and end that match by themselves, in ascending order.
        """
        begins = self._possible_parts(block)
        if self.begin is not None:
            begins.insert(0, 0)
        entries, matching, at = deque(found), {begin for begin, _ in found}, 0
        lines: list[FoundLine] = []
        for begin in begins:
            if begin < at:
                continue
            while entries and entries[0][0] < begin:
                lines.append(_cut_out(offset, block, *entries.popleft()))
            at = self._follow(offset, block, begin, matching, lines)
            while entries and entries[0][0] < at:
                entries.popleft()
        return [*lines, *(_cut_out(offset, block, *entry) for entry in entries)]

    def finish(self) -> list[FoundLine]:
        """Return what is held, and the matching lines that lack a part, tagged as incomplete."""
        for begin, parts in self._split.values():
            self._hold(begin, join_parts(parts))
        self._split.clear()
        return self._release()

    def _possible_parts(self, block: memoryview) -> list[int]:
        """Return where the entries begin that may be a part of a line and not the last one."""
        marks, min_size = self.runtime.marks, self.runtime.min_size
        found = find_lines(block, marks) if marks else find_long_lines(block, min_size)
        return [begin for begin, _ in found]

    def _follow(
        self, offset: int, block: memoryview, at: int, matching: set[int], lines: list[FoundLine]
    ) -> int:
        """Add entries from one on until no line lacks a part; return where the next entry is."""
        while at < len(block):
            end = end_of_line(block, at)
            if self.begin is not None and offset + end - self.begin > self.max_size:
                lines += self.finish()
            self._add(*_cut_out(offset, block, at, end), matches=at in matching)
            at = end + 1
            if not self._split:
                lines += self._release()
                break
        return at

    def _add(self, offset: int, entry: bytes, *, matches: bool) -> None:
        part = parse_part(self.runtime, entry)
        if part is None or not (part.stream in self._split or self._begins_line(entry, part)):
            if matches:
                self._held.append((offset, entry))
            return
        if self.begin is None:
            self.begin = offset
        begin, parts = self._split.setdefault(part.stream, (offset, []))
        parts.append(part)
        if part.is_last:
            del self._split[part.stream]
            self._hold(begin, join_parts(parts))

    def _begins_line(self, entry: bytes, part: Part) -> bool:
        """Return whether an entry has the first part of a split line, if it has a first part."""
        return not part.is_last and len(entry) >= self.runtime.min_size

    def _hold(self, offset: int, line: bytes) -> None:
        if any(needle in line for needle in self.needles):
            self._held.append((offset, line))

    def _release(self) -> list[FoundLine]:
        lines = sorted(self._held)
        self.begin, self._held = None, []
        return lines


def _cut_out(offset: int, block: memoryview, begin: int, end: int) -> FoundLine:
    return offset + begin, bytes(block[begin:end])
