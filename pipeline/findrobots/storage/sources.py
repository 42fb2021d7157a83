"""Hold the logs that were listed, in columns, since there may be a million."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from typing import Any, NamedTuple, overload

from findrobots.storage.locations import StoredObject

__all__ = ["Source", "Sources"]


class Source(NamedTuple):
    """A log as it is listed: where it lies, and which file or object is there.

    A file is known by its device and inode, whatever its path, and has a new version with each
    change; an object is known by its name.
    """

    path: str  # as it was named; for an object its name, which is never opened
    size: int  # stored, in bytes
    place: str = ""  # absolute path; empty if that is the path, or for an object
    device: int = 0
    inode: int = 0  # 0: unknown, or an object
    version: str = ""  # time of the last change, or ETag; empty if unknown
    stored: StoredObject | None = None  # where an object lies; None for a file


# A list, or an array of numbers.
Column = Any


class Sources(Sequence[Source]):
    """Logs as they are listed: a sequence of ``Source``, with a column for each of its fields.

    What is done with each of a million logs is done with these columns, in a tenth of the time.
    """

    __slots__ = Source._fields

    path: list[str]
    size: "array[int]"
    place: list[str]
    device: "array[int]"
    inode: "array[int]"
    version: list[str]
    stored: list[StoredObject | None]

    def __init__(self, sources: Iterable[Source] = ()) -> None:
        columns = [*zip(*sources, strict=True)] or [()] * len(FIELDS)
        for (name, kind), values in zip(FIELDS, columns, strict=True):
            setattr(self, name, _column(kind, values))

    @classmethod
    def of(cls, sources: Iterable[Source]) -> "Sources":
        """Return some logs in columns."""
        return sources if isinstance(sources, Sources) else cls(sources)

    @overload
    def __getitem__(self, key: int) -> Source: ...
    @overload
    def __getitem__(self, key: slice) -> "Sources": ...
    def __getitem__(self, key: int | slice) -> "Source | Sources":
        if isinstance(key, slice):
            return self.at(range(*key.indices(len(self))))
        return Source._make(column[key] for column in self._columns())

    def __iter__(self) -> Iterator[Source]:
        return map(Source._make, zip(*self._columns(), strict=True))

    def __len__(self) -> int:
        return len(self.path)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and [*self] == [*other]

    __hash__ = None  # type: ignore[assignment]  # as that of a list

    def extend(self, more: "Sources") -> None:
        """Add some logs."""
        for name, _ in FIELDS:
            getattr(self, name).extend(getattr(more, name))

    def add_file(
        self, path: str, size: int, device: int = 0, inode: int = 0, version: str = ""
    ) -> None:
        """Add a file."""
        self.path.append(path)
        self.size.append(size)
        self.place.append("")
        self.device.append(device)
        self.inode.append(inode)
        self.version.append(version)
        self.stored.append(None)

    def sorted(self) -> "Sources":
        """Return the logs in the order of their paths."""
        return self.at(sorted(range(len(self)), key=self.path.__getitem__))

    def at(self, rows: Iterable[int]) -> "Sources":
        """Return the logs with these numbers, in this order."""
        numbers, columns = [*rows], zip(FIELDS, self._columns(), strict=True)
        if numbers == [*range(len(self))]:
            return self
        return self.replaced(
            **{
                name: _column(kind, map(column.__getitem__, numbers))
                for (name, kind), column in columns
            }
        )

    def where(self, wanted: Iterable[object]) -> "Sources":
        """Return the logs for which ``wanted`` is true."""
        return self.at(compress(range(len(self)), wanted))

    def replaced(self, **columns: Column) -> "Sources":
        """Return the same logs with other values of some fields."""
        sources = Sources()
        for name, _ in FIELDS:
            setattr(sources, name, columns.get(name, getattr(self, name)))
        return sources

    def places(self) -> list[str]:
        """Return where each log lies."""
        return [place or path for place, path in zip(self.place, self.path, strict=True)]

    def _columns(self) -> Iterator[Column]:
        return (getattr(self, name) for name, _ in FIELDS)


FIELDS = [*Source.__annotations__.items()]


def _column(kind: type, values: Iterable[Any]) -> Column:
    """Return the values of a field as a column, numbers without an object for each."""
    return array("q", values) if kind is int else [*values]
