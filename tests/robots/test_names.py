"""A name is an operator's if it is under a domain at a label."""

from datetime import UTC, datetime

import pytest
from findrobots.robots.names import NameAnswer, Outcome, is_under, read_answer
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
LABELS = st.lists(st.text("abz01-", min_size=1, max_size=3), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("name", "suffix", "is_it"),
    [
        ("crawl.example.org", "example.org", True),
        ("example.org", "example.org", True),
        ("example.org.", "example.org", True),
        ("CRAWL.Example.ORG", "example.org", True),
        ("crawl.example.org", ".Example.org.", True),
        ("crawl.xn--bcher-kva.example", "xn--bcher-kva.example", True),
        ("evilexample.org", "example.org", False),
        ("example.org.evil.example", "example.org", False),
        ("crawl.example.org.evil.example", "example.org", False),
        ("example.xyz", "example.org", False),
        ("org", "example.org", False),
        (r"x\.example.org", "example.org", False),
        (r"x\\.example.org", "example.org", False),
        ("crawl.exaʍple.org", "exaʍple.org", False),
        ("\N{KELVIN SIGN}.example.org", "example.org", False),
        ("", "example.org", False),
        ("crawl.example.org", "", False),
        ("crawl.example.org", ".", False),
        ("", "", False),
    ],
)
def test_a_name_is_under_a_domain_at_a_label(name, suffix, is_it):
    assert is_under(name, suffix) is is_it


@given(LABELS, LABELS)
def test_a_name_is_under_a_domain_if_its_last_labels_are_those_of_the_domain(name, domain):
    expected = name[-len(domain) :] == domain
    assert is_under(".".join(name), ".".join(domain)) is expected


@pytest.mark.parametrize("failure", ["", "timeout"])
def test_a_name_that_is_confirmed_counts_whatever_else_failed(failure):
    names = ("a.example.org", "b.example.org")
    answer = NameAnswer("66.249.66.1", NOW, names, ("b.example.org",), (), failure, 5)
    assert read_answer(answer, ["example.org"]) == (Outcome.CONFIRMED, "b.example.org")


def test_a_confirmed_name_of_others_confirms_nothing():
    answer = NameAnswer("66.249.66.1", NOW, ("a.example.net",), ("a.example.net",))
    assert read_answer(answer, ["example.org"]) == (Outcome.ELSEWHERE, "a.example.net")


def test_a_name_that_was_not_followed_is_no_denial():
    answer = NameAnswer("66.249.66.1", NOW, ("a.example.org",))
    assert read_answer(answer, ["example.org"]) == (Outcome.FAILED, "not asked")
    assert not answer.covers(["example.org"])
    assert answer.covers(["example.net"])
