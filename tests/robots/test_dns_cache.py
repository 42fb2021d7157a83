"""Answers of DNS are kept with their dates, and a damaged file costs only lookups."""

import json
import os
from datetime import UTC, datetime, timedelta

import pytest
from findrobots.robots import dns_cache
from findrobots.robots.dns_cache import read_cache, write_cache
from findrobots.robots.names import NameAnswer
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
COMPLETE = NameAnswer(
    *("66.249.66.1", NOW, ("a.example.org", r"\027.example.net"), ("a.example.org",))
)
FAILED = NameAnswer("66.249.66.2", NOW, failure="SERVFAIL")
PARTIAL = NameAnswer("66.249.66.3", NOW, ("b.example.org",), denied=(), failure="timeout")
NAMES = st.lists(st.sampled_from(["a.example.org", "b.example.net", r"\000"]), unique=True)


@st.composite
def answers(draw):
    names = draw(NAMES)
    asked = NOW - draw(st.timedeltas(timedelta(0), timedelta(hours=1)))
    address = draw(st.ip_addresses().map(str))
    confirmed = [name for name in names if draw(st.booleans())]
    denied = [name for name in names if name not in confirmed and draw(st.booleans())]
    failure = draw(st.sampled_from(["", "timeout", "SERVFAIL"]))
    omitted = draw(st.integers(0, 1000))
    return NameAnswer(address, asked, *map(tuple, (names, confirmed, denied)), failure, omitted)


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "findrobots" / "dns.jsonl"


@given(st.lists(answers(), unique_by=lambda each: each.address))
def test_what_is_written_is_read(tmp_path_factory, written):
    cache = tmp_path_factory.getbasetemp() / "any.jsonl"
    assert write_cache(cache, written) == ""
    assert read_cache(cache, NOW) == ({each.address: each for each in written}, "")


@pytest.mark.parametrize(
    ("answer", "keep"),
    [
        (COMPLETE, timedelta(days=30)),
        (NameAnswer("66.249.66.4", NOW), timedelta(days=30)),
        (FAILED, timedelta(hours=1)),
        (PARTIAL, timedelta(hours=1)),
    ],
)
def test_an_answer_is_kept_for_a_time(cache, answer, keep):
    write_cache(cache, [answer])
    assert answer.address in read_cache(cache, NOW + keep)[0]
    assert answer.address not in read_cache(cache, NOW + keep + timedelta(seconds=1))[0]


def test_an_answer_of_the_future_is_not_used(cache):
    write_cache(cache, [COMPLETE])
    assert read_cache(cache, NOW - timedelta(seconds=1)) == ({}, "")


def test_no_file_is_an_empty_cache(cache):
    assert read_cache(cache, NOW) == ({}, "")


def entry(**fields):
    values = {"format": 1, **COMPLETE._asdict(), "asked": NOW.isoformat(), **fields}
    return json.dumps({name: value for name, value in values.items() if value is not None})


def test_an_entry_as_written_is_read(cache):
    cache.parent.mkdir()
    cache.write_text(entry())
    assert read_cache(cache, NOW) == ({COMPLETE.address: COMPLETE}, "")


@pytest.mark.parametrize(
    "line",
    [
        *("{", "[]", "7", "null", '"a"', "[" * 100_000, "\0", "é", '{"format": 1}'),
        *(entry(format=2), entry(format=None), entry(names=None), entry(names="a"), entry(more=1)),
        *(entry(names=[1]), entry(names=["\x1b[2J"]), entry(address=7), entry(omitted="1")),
        *(entry(asked="yesterday"), entry(asked=7), entry(asked="0001-01-01T00:00:00+23:00")),
        *(entry(confirmed=["other.example.org"]), entry(failure=None), entry(address="é")),
    ],
)
def test_a_damaged_line_is_ignored_with_a_note(cache, line):
    write_cache(cache, [FAILED])
    with cache.open("a") as file:
        file.write(f"{line}\n")
    answers, note = read_cache(cache, NOW)
    assert answers == {FAILED.address: FAILED}
    assert note.endswith("is damaged: 1 lines were ignored.")


@given(st.binary())
def test_no_content_of_the_file_raises(tmp_path_factory, content):
    cache = tmp_path_factory.getbasetemp() / "fuzzed.jsonl"
    cache.write_bytes(content)
    assert read_cache(cache, NOW)[0] == {}


def test_a_file_that_is_too_large_is_not_read(cache, monkeypatch):
    write_cache(cache, [COMPLETE])
    monkeypatch.setattr(dns_cache, "MAX_BYTES", 10)
    answers, note = read_cache(cache, NOW)
    assert answers == {}
    assert "is too large" in note


def test_the_latest_answers_are_kept_if_there_are_too_many(cache, monkeypatch):
    monkeypatch.setattr(dns_cache, "MAX_ANSWERS", 2)
    written = [NameAnswer(f"66.249.66.{each}", NOW - timedelta(days=each)) for each in range(5)]
    write_cache(cache, written)
    assert [*read_cache(cache, NOW)[0]] == ["66.249.66.0", "66.249.66.1"]


def test_a_cache_that_cannot_be_read_or_written_is_a_note(cache):
    cache.mkdir(parents=True)
    assert "cannot be read: Is a directory" in read_cache(cache, NOW)[1]
    assert "cannot be written: " in write_cache(cache, [COMPLETE])
    assert [*cache.parent.iterdir()] == [cache]


def test_a_failed_write_leaves_the_cache_as_it_was(cache, monkeypatch):
    write_cache(cache, [COMPLETE])
    before = cache.read_bytes()

    def full(*_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(dns_cache.Path, "replace", full)
    assert "No space left on device" in write_cache(cache, [FAILED])
    assert cache.read_bytes() == before
    assert [*cache.parent.iterdir()] == [cache]
