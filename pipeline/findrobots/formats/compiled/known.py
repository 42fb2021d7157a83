"""Know the distinct fields of earlier lines, and what each one means, so that each is read once.

Requests refer to the lists of values: when fields are forgotten, there are new lists.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np

from findrobots.arrow import Booleans, Integers
from findrobots.formats.compiled.fields import Records, add_lines, forget, make_fields
from findrobots.formats.compiled.intrinsics import BLOCK_SIZE
from findrobots.formats.compiled.line import ADDRESS
from findrobots.formats.fields import escaped_text
from findrobots.formats.structure import COMBINED, COMMON
from findrobots.formats.visitors import INVALID, PERSON, Client, Visitors

__all__ = ["MAX_FIELDS", "QUOTES", "Agents", "Clients", "Texts"]

Value = TypeVar("Value")

# Fields of a kind, and bytes of their text, half of which are room for those of the next lines.
MAX_FIELDS, MAX_SIZE = 64 * 1024, 8 * 1024 * 1024
# In lines without, and with a user agent.
QUOTES = (COMMON, COMBINED)
EMPTY_LINE = np.frombuffer(b"\n" * (1 + BLOCK_SIZE), np.uint8)


class _Known:
    """Fields of one kind."""

    def __init__(self) -> None:
        self.fields = make_fields(MAX_FIELDS, MAX_SIZE)
        self.clear()

    def clear(self) -> None:
        """Forget all fields."""
        forget(self.fields)

    def make_room(self) -> None:
        """Forget all fields if there may be no room for those of the next lines."""
        if self.fields.is_half_full:
            self.clear()


class Texts(_Known, Generic[Value]):
    """Fields whose values are read without any knowledge of robots."""

    def __init__(self, read: Callable[[bytes], Value]) -> None:
        super().__init__()
        self._read = read

    def clear(self) -> None:
        """Forget all fields."""
        super().clear()
        self.values = list[Value]()

    def learn(self) -> None:
        """Read the fields that are new."""
        self.values += map(self._read, self.fields.texts(len(self.values)))


class Agents(_Known):
    """User agents, of which the first one is empty."""

    def __init__(self, visitors: Visitors) -> None:
        self._is_robot = visitors.agents.__getitem__
        self._are_robots: Booleans = np.empty(MAX_FIELDS, np.bool_)
        super().__init__()

    def clear(self) -> None:
        """Forget all user agents but the empty one."""
        super().clear()
        add_lines(EMPTY_LINE, self.fields)
        self.values = list[str]()

    def judge(self) -> Booleans:
        """Return which user agents are of robots."""
        texts = self.fields.texts(len(self.values))
        count = len(self.values) + len(texts)
        self._are_robots[len(self.values) : count] = [*map(self._is_robot, texts)]
        self.values += map(escaped_text, texts)
        return self._are_robots[:count]


class Clients(_Known):
    """Clients that are no addresses, which may say something else in lines without user agents.

    ``places`` has a row for each of ``QUOTES``: where the values of each client are in ``hosts``,
    ``vhosts`` and ``formats``.
    """

    def __init__(self, visitors: Visitors) -> None:
        self.places: Integers = np.empty((len(QUOTES), MAX_FIELDS), np.int64)
        self._read = [visitors.clients[quotes].__getitem__ for quotes in QUOTES]
        self._kinds = np.empty((len(QUOTES), MAX_FIELDS + 1), np.int64)
        for row, quotes in enumerate(QUOTES):
            self._kinds[row, ADDRESS] = PERSON if visitors.address_formats[quotes] else INVALID
        super().__init__()

    def clear(self) -> None:
        """Forget all clients."""
        super().clear()
        self.hosts, self.vhosts, self.formats = list[str](), list[str](), list[str]()
        self._counts = [0] * len(QUOTES)

    def judge(self, lines: Records) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
        """Return the kinds of clients in a row for each of ``QUOTES``; those of addresses are last.

        Only what some of the lines need is known of them.
        """
        for row, read in enumerate(self._read):
            known = self._counts[row]
            if known < self.fields.total and (lines["combined"] == row).any():
                self._add(row, [*map(read, self.fields.texts(known))])
        return self._kinds

    def _add(self, row: int, clients: list[Client]) -> None:
        known, begin = self._counts[row], len(self.hosts)
        self._counts[row] = count = known + len(clients)
        self._kinds[row, known:count] = [client.kind for client in clients]
        self.places[row, known:count] = range(begin, begin + len(clients))
        self.hosts += [client.host for client in clients]
        self.vhosts += [client.vhost for client in clients]
        self.formats += [client.format for client in clients]
