import os

from findrobots.arrow import table_of_rows
from findrobots.storage.sources import Source, Sources
from findrobots.tables.ledger import LEDGER, Entry, entries_of, locate
from hypothesis import example, given
from hypothesis import strategies as st

FEW = st.integers(0, 2)
VERSIONS = st.sampled_from(["", "7", "8"])
PLACES = st.sampled_from(["/logs/a", "/logs/b", "/logs/caf\udce9"])


def entry(place, device, inode, size, version):
    stored = os.fsencode(place)
    return Entry(
        "a", stored, device, inode, version, size, *[b"", 1, b"", 0, b"", b"", 0, 0, "", ""]
    )


def source(place, device, inode, size, version):
    return Source(place, size, "", device, inode, version)


LOGS = st.lists(st.tuples(PLACES, FEW, FEW, FEW, VERSIONS), max_size=6)


@given(LOGS, LOGS)
@example([("/logs/a", 1, 1, 0, "7"), ("/logs/b", 2, 1, 0, "7")], [("/logs/c", 1, 1, 0, "7")])
def test_a_log_is_known_by_its_file_or_its_place_and_version(known, listed):
    ledger = table_of_rows([entry(*each) for each in known], LEDGER)
    located, found, others = locate(ledger, Sources(source(*each) for each in listed))
    rows = {}
    for row, (place, device, inode, size, version) in enumerate(known):
        if version:
            rows[(device, inode, size, version) if inode else (place, size, version)] = row
    here, unknown = {}, []
    for each in listed:
        place, device, inode, size, version = each
        row = rows.get((device, inode, size, version) if inode else (place, size, version))
        if row is None:
            unknown.append(source(*each))
        else:
            here[row] = place
    assert others == unknown
    assert found.tolist() == [row in here for row in range(len(known))]
    places = [os.fsdecode(each.place) for each in entries_of(located)]
    assert places == [here.get(row, each[0]) for row, each in enumerate(known)]


def test_a_ledger_is_itself_if_no_log_has_moved():
    ledger = table_of_rows([entry("/logs/a", 1, 2, 3, "7")._replace(source="/logs/a")], LEDGER)
    located, _, _ = locate(ledger, Sources([source("/logs/a", 1, 2, 3, "7")]))
    assert located is ledger
