"""Find out when a robot was served robots.txt."""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

__all__ = [
    "ABSENT",
    "MOVED",
    "SERVED",
    "UNREACHABLE",
    "FetchSummary",
    "Fetches",
    "classify_answer",
]

# What an answer to a request for robots.txt means to the robot (RFC 9309, section 2.3.1). One that
# is in none of these, such as 101, means nothing.
SERVED, ABSENT, MOVED, UNREACHABLE = "served", "absent", "moved", "unreachable"
# With these statuses the file is sent. 304 confirms the copy that the robot has already.
WITH_CONTENT = (200, 203, 206)
NOT_MODIFIED = 304
NO_CONTENT = 204
CLASSES = {3: MOVED, 4: ABSENT, 5: UNREACHABLE}


def classify_answer(method: str, status: int | None, bytes_sent: int | None) -> str:
    """Return what an answer to a request for robots.txt means to a robot.

    Parameters
    ----------
    method
        Method of the request, such as ``GET``.
    status
        Status code; None or 0 if it is not logged.
    bytes_sent
        Bytes sent; None if they are not logged. 0 means that an empty file was sent.

    Returns
    -------
    str
        ``served``; ``absent`` (the robot may access anything: 4xx, or nothing was sent);
        ``moved`` (3xx: it may have found another file); ``unreachable`` (5xx); empty if the
        answer means nothing, as that to a HEAD request does.
    """
    if method != "GET" or not status:
        return ""
    if status == NOT_MODIFIED:
        return SERVED
    if status in WITH_CONTENT:
        return ABSENT if bytes_sent == 0 else SERVED
    return ABSENT if status == NO_CONTENT else CLASSES.get(status // 100, "")


class FetchSummary(NamedTuple):
    """When robots.txt was served: first and last, and the longest pause between, in seconds."""

    first: int | None
    last: int | None
    longest_pause: int | None


class Fetches(NamedTuple):
    """When robots.txt was served to a family of robots, and when it was not.

    Times are in whole seconds since 1970-01-01 UTC, sorted and distinct.

    Attributes
    ----------
    served
        The file was sent, or its copy confirmed.
    absent, moved, unreachable
        It was answered otherwise; see ``classify_answer``.
    """

    served: tuple[int, ...] = ()
    absent: tuple[int, ...] = ()
    moved: tuple[int, ...] = ()
    unreachable: tuple[int, ...] = ()

    @classmethod
    def of(cls, answers: Iterable[tuple[int, str]]) -> "Fetches":
        """Return the fetches with some answers, in any order.

        Parameters
        ----------
        answers
            Times in seconds, each with the meaning that ``classify_answer`` returns.
        """
        times: dict[str, set[int]] = {name: set() for name in cls._fields}
        for second, meaning in answers:
            if meaning:
                times[meaning].add(second)
        return cls(**{name: tuple(sorted(found)) for name, found in times.items()})

    def merge(self, other: "Fetches") -> "Fetches":
        """Return the fetches of both; an associative and commutative operation."""
        return Fetches(*(tuple(sorted({*a, *b})) for a, b in zip(self, other, strict=True)))

    def last_before(self, second: int) -> int | None:
        """Return when the file was last served in an earlier second; None if it was not."""
        number = bisect_left(self.served, second)
        return self.served[number - 1] if number else None

    def summary(self) -> FetchSummary:
        """Return when the file was served: first and last, and the longest pause."""
        if not self.served:
            return FetchSummary(None, None, None)
        pauses = (later - earlier for earlier, later in pairwise(self.served))
        return FetchSummary(self.served[0], self.served[-1], max(pauses, default=None))
