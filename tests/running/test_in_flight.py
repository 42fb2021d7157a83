import sys
import timeit
from pathlib import Path

import pytest
from findrobots.running.in_flight import (
    InFlightMonitor,
    assign_slot,
    list_in_flight,
    open_slot,
)
from findrobots.running.shared_file import shared_file


@pytest.fixture
def slots():
    with shared_file() as path:
        yield path


@pytest.fixture
def slot(slots):
    slot = open_slot(slots)
    yield slot
    slot.memory.close()


def test_a_source_is_recorded_until_it_is_replaced_or_erased(slots, slot):
    for source in ("a long name.log", "käse\\xff.log", "x" * 4095):
        slot.record(source)
        assert list_in_flight(slots) == [source]
    slot.clear()
    assert list_in_flight(slots) == []


def test_each_worker_has_a_slot_of_its_own(slots, slot):
    slot.record("b.log")
    other = open_slot(slots)
    other.record("a.log")
    assert list_in_flight(slots) == ["a.log", "b.log"]
    other.clear()
    assert list_in_flight(slots) == ["b.log"]
    other.memory.close()


def test_a_monitor_records_in_the_slot_of_its_process(slots, slot):
    monitor = InFlightMonitor()
    assign_slot(slot)
    monitor.start("a.log")
    monitor.add(1)
    assert list_in_flight(slots) == ["a.log"]
    monitor.finish()
    assert list_in_flight(slots) == []
    assign_slot(None)


def test_a_process_without_a_slot_records_nothing(slots):
    monitor = InFlightMonitor()
    monitor.start("a.log")
    monitor.finish()
    assert list_in_flight(slots) == []


def test_a_name_outlives_the_slot_that_recorded_it(slots):
    slot = open_slot(slots)
    slot.record("a.log")
    slot.memory.close()
    assert list_in_flight(slots) == ["a.log"]


def test_a_file_that_cannot_be_opened_gives_no_slot():
    assert open_slot("/nowhere/slots") is None


@pytest.mark.timing
def test_a_record_takes_a_few_microseconds(slot):
    seconds = min(timeit.repeat(lambda: slot.record("/var/log/a.log"), number=1000, repeat=5))
    assert seconds / 1000 < 20e-6


@pytest.mark.parametrize("platform", [sys.platform, "elsewhere"])
def test_a_shared_file_is_opened_by_its_path_and_is_gone_at_the_end(monkeypatch, platform):
    monkeypatch.setattr(sys, "platform", platform)
    with shared_file() as path:
        Path(path).write_bytes(b"x")
        assert Path(path).read_bytes() == b"x"
    assert not Path(path).exists()
