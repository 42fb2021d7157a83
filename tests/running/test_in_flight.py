import os
import sys
import timeit
from pathlib import Path

import pytest
from findrobots.running import in_flight as whereabouts
from findrobots.running.in_flight import forget, keep_notes, note, noted
from findrobots.running.shared_file import shared_file


@pytest.fixture(autouse=True)
def slots(monkeypatch):
    """What this process has of slots: it is no worker yet."""
    own = []
    monkeypatch.setattr(whereabouts, "_slots", own)
    yield own
    for slot in own:
        os.close(slot.file)


@pytest.fixture
def notes():
    with shared_file() as path:
        yield path


def test_a_note_stands_until_it_is_replaced_or_taken_back(notes):
    keep_notes(notes)
    for source in ("a long name.log", "käse\\xff.log", "x" * 4095):
        note(source)
        assert noted(notes) == [source]
    forget()
    assert noted(notes) == []


def test_each_worker_has_a_note_of_its_own(notes, slots):
    keep_notes(notes)
    note("b.log")
    [first] = slots
    keep_notes(notes)
    note("a.log")
    assert noted(notes) == ["a.log", "b.log"]
    forget()
    assert noted(notes) == ["b.log"]
    os.close(first.file)


def test_who_keeps_no_notes_notes_nothing(notes):
    note("a.log")
    assert noted(notes) == []


def test_where_no_note_can_be_kept_none_is_missed(notes, slots):
    keep_notes("/nowhere/notes")
    note("a.log")
    keep_notes(notes)
    slots[:] = [slot._replace(offset=-1) for slot in slots]
    note("a.log")
    assert noted(notes) == []


def test_a_note_takes_a_few_microseconds(notes):
    keep_notes(notes)
    seconds = min(timeit.repeat(lambda: note("/var/log/a.log"), number=1000, repeat=5))
    assert seconds / 1000 < 20e-6


@pytest.mark.parametrize("platform", [sys.platform, "elsewhere"])
def test_a_shared_file_is_opened_by_its_path_and_is_gone_at_the_end(monkeypatch, platform):
    monkeypatch.setattr(sys, "platform", platform)
    with shared_file() as path:
        Path(path).write_bytes(b"x")
        assert Path(path).read_bytes() == b"x"
    assert not Path(path).exists()
