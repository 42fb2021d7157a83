import re

import crawleruseragents
import pytest
from findrobots.robots.agents import PURPOSES
from findrobots.robots.patterns import TAG_PURPOSES, load_patterns, read_pattern, readable_name
from hypothesis import given
from hypothesis import strategies as st

ENTRIES = crawleruseragents.CRAWLER_USER_AGENTS_DATA


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"Googlebot\/", "Googlebot/"),
        (r"Unshorten\.It\!", "Unshorten.It!"),
        (r"gnam gnam spider", "gnam gnam spider"),
        (r"Y!J", "Y!J"),
    ],
)
def test_a_pattern_that_is_a_text_needs_no_expression(pattern, text):
    (read,) = read_pattern(pattern, "", [])
    assert (read.text, read.expression) == (text, None)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"^curl", "curl"),
        (r"[wW]get", "get"),
        (r"(^| )PTST\/", "PTST/"),
        (r"Current[\s\S]*RSS Reader", "RSS Reader"),
        (r"AdsBot-Google([^-]|$)", "AdsBot-Google"),
        (r"BlogTraffic\/\d\.\d+ Feed-Fetcher", " Feed-Fetcher"),
        (r"abc?d", "ab"),
        (r"SSL Labs$", "SSL Labs"),
    ],
)
def test_an_expression_has_the_longest_text_that_a_match_contains(pattern, text):
    (read,) = read_pattern(pattern, "", [])
    assert read.text == text
    assert read.expression.pattern == pattern


def test_the_alternatives_of_a_pattern_are_read_each():
    read = list(read_pattern("Chirp|gotosocial|^x[ab]", "", []))
    assert [each.text for each in read] == ["Chirp", "gotosocial", "x"]
    assert [each.expression is None for each in read] == [True, True, False]


def test_every_pattern_of_the_package_is_read():
    for entry in ENTRIES:
        read = list(read_pattern(entry["pattern"], "", entry["instances"]))
        assert read, entry["pattern"]
        assert all(len(each.text) >= 3 for each in read), entry["pattern"]


def test_what_a_pattern_matches_contains_its_text():
    for entry in ENTRIES:
        read = list(read_pattern(entry["pattern"], "", entry["instances"]))
        for example in entry["instances"]:
            if re.search(entry["pattern"], example):
                found = [each for each in read if each.text.lower() in example.lower()]
                assert any(not each.expression or each.expression.search(example) for each in found)


def test_every_tag_of_the_package_has_a_purpose():
    tags = {tag for entry in ENTRIES for tag in entry["tags"]}
    assert tags <= TAG_PURPOSES.keys()
    assert {*TAG_PURPOSES.values()} <= {*PURPOSES}


def test_names_are_readable():
    for pattern in load_patterns():
        assert pattern.name.strip() == pattern.name
        assert not re.search(r"[\\\[\](){}^$|*?/;]", pattern.name), pattern
        assert re.search(r"[A-Za-z0-9]{2}|!", pattern.name), pattern


@given(st.text(min_size=1))
def test_a_readable_name_is_a_part_of_the_text(text):
    name = readable_name(text)
    assert name
    assert name in text
