"""Find the logs that were listed once and not found again."""

from collections import Counter
from collections.abc import Iterator

from findrobots.storage.rotation import family_of, without_compression
from findrobots.storage.sources import Source, Sources
from findrobots.tables.ledger import file_key, file_keys, place_of

__all__ = ["find_vanished"]


def find_vanished(pending: Sources, settled: Sources, listed: Sources) -> Iterator[Source]:
    """Yield the logs that were not found again, unless they were compressed, as it seems.

    Parameters
    ----------
    pending
        The logs that were to be decided on.
    settled
        The logs that were decided on.
    listed
        The logs that are listed now.
    """
    known = dict(zip(file_keys(settled), settled, strict=True))
    vanished = pending.where(key not in known for key in file_keys(pending))
    if not vanished:
        return
    before, now = {*file_keys(pending)}, {*file_keys(listed)}
    compressed = Counter(
        family_of(place_of(source))
        for key, source in known.items()
        if key not in before and without_compression(source.path) != source.path
    )
    for source in vanished:
        family = family_of(place_of(source))
        if compressed[family] and file_key(source) not in now:
            compressed[family] -= 1
        else:
            yield source
