"""Hold in arrays when robots.txt was served to many families of robots, and search them at once."""

from typing import NamedTuple

import numpy as np

from findrobots.arrow import Booleans, Integers
from findrobots.robots.fetches import ABSENT, MOVED, SERVED, UNREACHABLE, Fetches, FetchSummary

__all__ = ["MEANINGS", "NEVER", "FetchTimes"]

# What an answer means, in the order of the arrays.
MEANINGS = (SERVED, ABSENT, MOVED, UNREACHABLE)
# Bits for a second of the years 1 to 9999, from 1970 on or before.
SECOND_BITS = 39
EPOCH = 1 << (SECOND_BITS - 1)
# Takes the place of a second at which nothing was served.
NEVER = -EPOCH


class FetchTimes(NamedTuple):
    """When robots.txt was served to families of robots, and when it was not.

    The fields are those of ``Fetches``, of all families in one array: sorted numbers, whose upper
    bits are the number of the family and whose lower ones are the second. A family without a
    fetch may have any number, such as -1.
    """

    served: Integers
    absent: Integers
    moved: Integers
    unreachable: Integers

    @classmethod
    def of(cls, families: Integers, seconds: Integers, meanings: Integers) -> "FetchTimes":
        """Return the times of answers.

        Parameters
        ----------
        families, seconds
            Of each answer, the number of the family, and its time.
        meanings
            Of each answer, the place of its meaning in ``MEANINGS``; -1 if it means nothing.
        """
        keys = _keys(families, seconds)
        return cls(*(_distinct(keys[meanings == number]) for number in range(len(MEANINGS))))

    @classmethod
    def of_one(cls, fetches: Fetches) -> "FetchTimes":
        """Return the times of a single family, whose number is 0."""
        return cls(*(_keys(np.zeros(1, np.int64), np.array(each, np.int64)) for each in fetches))

    def last_before(self, families: Integers, seconds: Integers) -> Integers:
        """Return when each family was last served in an earlier second; ``NEVER`` if it was not."""
        if not len(self.served):
            return np.full(len(seconds), NEVER)
        at = np.searchsorted(self.served, _keys(families, seconds)) - 1
        found = self.served[at]
        is_own = (at >= 0) & (found >> SECOND_BITS == families)
        return np.where(is_own, _seconds(found), NEVER)

    def any_since(
        self, meaning: int, families: Integers, since: Integers, seconds: Integers
    ) -> Booleans:
        """Return whether a family got an answer of a meaning, from one second to another."""
        found = self[meaning]
        if not len(found):
            return np.zeros(len(seconds), np.bool_)
        before = np.searchsorted(found, _keys(families, since))
        return before < np.searchsorted(found, _keys(families, seconds), side="right")

    def summaries(self) -> dict[int, FetchSummary]:
        """Return when the file was served to each family, by its number."""
        families, seconds = self.served >> SECOND_BITS, _seconds(self.served)
        starts = np.flatnonzero(np.diff(families, prepend=-1))
        if not len(starts):
            return {}
        pauses = np.diff(seconds, prepend=0)
        pauses[starts] = 0
        ends = np.append(starts[1:], len(families))
        columns = (
            families[starts],
            seconds[starts],
            seconds[ends - 1],
            np.maximum.reduceat(pauses, starts),
        )
        return {
            family: FetchSummary(first, last, pause if last > first else None)
            for family, first, last, pause in zip(*(each.tolist() for each in columns), strict=True)
        }


def _keys(families: Integers, seconds: Integers) -> Integers:
    return (families << SECOND_BITS) + (seconds + EPOCH)


def _seconds(keys: Integers) -> Integers:
    return (keys & ((1 << SECOND_BITS) - 1)) - EPOCH


def _distinct(keys: Integers) -> Integers:
    keys = np.sort(keys)
    return keys[np.diff(keys, prepend=-1) > 0]
