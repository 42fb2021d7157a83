"""Find the logs that may be copies of others, made while logs are compressed or rotated."""

from collections import Counter
from collections.abc import Callable, Mapping

from findrobots.reading.fingerprint import CHECKSUM_SIZE, PREFIX_SIZES
from findrobots.records import Probe, Survey
from findrobots.storage.rotation import family_of, other_compressions, without_compression
from findrobots.storage.sources import Source, Sources
from findrobots.tables.ledger import Entry, place_of

__all__ = ["copy_entry", "find_original", "may_be_copies"]

# A copy that is being made is written as late as its original, within this time.
COPY_NANOSECONDS = 2_000_000_000


def may_be_copies(sources: Sources) -> set[str]:
    """Return the paths of new logs that may be copies of others, by their names and times."""
    places = sources.places()
    plain = [*map(without_compression, places)]
    if len({*plain}) == len(plain) and {*plain}.isdisjoint(places):
        return set()  # the names of most logs show at once that there is no other one
    names, listing = Counter(plain), dict(zip(places, sources, strict=True))
    return {
        source.path
        for name, (place, source) in zip(plain, listing.items(), strict=True)
        if names[name] > 1 or name == place
        if find_original(source, listing, lambda _: True)
    }


def find_original(
    source: Source, listing: Mapping[str, Source], is_new: Callable[[str], bool]
) -> Source | None:
    """Find the log of which another one may be a copy.

    gzip(1) writes ``access.log.1.gz`` while ``access.log.1`` is there, gunzip(1) the other way, and
    logrotate(8) with ``copytruncate`` writes ``access.log.1`` while ``access.log`` is there.

    Parameters
    ----------
    source
        The log that may be a copy.
    listing
        All logs, by place.
    is_new
        Returns whether the log at a place is not known either. Of two new logs the copy is the one
        that was written last.
    """
    place = place_of(source)
    for name in other_compressions(place):
        original = listing.get(name)
        if original and (not is_new(name) or _age(original) < _age(source)):
            return original
    if place != without_compression(place) or place == (family := family_of(place)):
        return None
    original = listing.get(family)
    return original if original and _is_as_recent(source, original) else None


def copy_entry(source: Source, probe: Probe, survey: Survey, original: Entry) -> Entry:
    """Return the entry of a file whose text another log counts."""
    size = survey.bytes_text.bit_length() - PREFIX_SIZES[0].bit_length() + 1
    return original._replace(
        bytes_text=survey.bytes_text,
        checksum=survey.checksum,
        tail_digest=survey.tail_digest,
        prefix_checksums=probe.prefix_checksums[: max(0, size) * CHECKSUM_SIZE],
        bytes_stored=source.size,
        file_digest=probe.file_digest,
        w3c_header=b"",
        matched_lines=0,
        rejects=0,
        copy_of=original.source,
        damage="",
    ).at(source)


def _age(source: Source) -> tuple[int, bool, str]:
    """Return what orders logs by age; gzip(1) gives a finished copy the time of its original."""
    place = place_of(source)
    return _time(source), place != without_compression(place), place


def _is_as_recent(copy: Source, original: Source) -> bool:
    times = _time(copy), _time(original)
    return not all(times) or times[0] >= times[1] - COPY_NANOSECONDS


def _time(source: Source) -> int:
    """Return when a file was written, in nanoseconds; 0 if unknown."""
    return int(source.version) if source.version.isdigit() else 0
