import os
import sys
import timeit
from pathlib import Path

import pytest
from findrobots.running import in_flight as whereabouts
from findrobots.running.in_flight import clear_source, list_in_flight, open_slot, record_source
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
    open_slot(notes)
    for source in ("a long name.log", "käse\\xff.log", "x" * 4095):
        record_source(source)
        assert list_in_flight(notes) == [source]
    clear_source()
    assert list_in_flight(notes) == []


def test_each_worker_has_a_note_of_its_own(notes, slots):
    open_slot(notes)
    record_source("b.log")
    [first] = slots
    open_slot(notes)
    record_source("a.log")
    assert list_in_flight(notes) == ["a.log", "b.log"]
    clear_source()
    assert list_in_flight(notes) == ["b.log"]
    os.close(first.file)


def test_who_keeps_no_notes_notes_nothing(notes):
    record_source("a.log")
    assert list_in_flight(notes) == []


def test_where_no_note_can_be_kept_none_is_missed(notes, slots):
    open_slot("/nowhere/notes")
    record_source("a.log")
    open_slot(notes)
    slots[:] = [slot._replace(offset=-1) for slot in slots]
    record_source("a.log")
    assert list_in_flight(notes) == []


def test_a_note_takes_a_few_microseconds(notes):
    open_slot(notes)
    seconds = min(timeit.repeat(lambda: record_source("/var/log/a.log"), number=1000, repeat=5))
    assert seconds / 1000 < 20e-6


@pytest.mark.parametrize("platform", [sys.platform, "elsewhere"])
def test_a_shared_file_is_opened_by_its_path_and_is_gone_at_the_end(monkeypatch, platform):
    monkeypatch.setattr(sys, "platform", platform)
    with shared_file() as path:
        Path(path).write_bytes(b"x")
        assert Path(path).read_bytes() == b"x"
    assert not Path(path).exists()
