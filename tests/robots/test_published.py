import re

import pytest
from findrobots.robots.published import load_published, parse_published

HEAD = "name,operator,urls,docs,note,checked"
ROW = "bing,Microsoft,https://bing.example/b.json,https://bing.example/,,2026-11-24"


def test_the_table_has_the_lists_of_the_operators():
    lists = {each.name: each for each in load_published()}
    assert lists["openai-gptbot"].urls == ("https://openai.com/gptbot.json",)
    assert len(lists["pingdom"].urls) == 2
    assert not lists["amazon"].urls
    assert "HTML" in lists["amazon"].note


def test_no_two_lists_have_the_same_url():
    urls = [url for each in load_published() for url in each.urls]
    assert len(urls) == len(set(urls))


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (ROW.replace("bing,", "Bing,"), "name"),
        (ROW.replace("bing,", "../bing,"), "name"),
        (ROW.replace("Microsoft", ""), "operator"),
        (ROW.replace("https://bing.example/b.json", ""), "URLs or a note"),
        (ROW.replace(",,2026", ",an HTML page,2026"), "URLs or a note"),
        (ROW.replace("https://bing.example/b", "http://bing.example/b"), "not HTTPS"),
        (ROW.replace("https://bing.example/b", "https://me@bing.example/b"), "not HTTPS"),
        (ROW.replace("https://bing.example/b", "file:///b"), "not HTTPS"),
        (ROW.replace("2026-11-24", "yesterday"), "yesterday"),
        (f"{ROW}\n{ROW}", "sorted"),
        (f"{ROW}\n{ROW.replace('bing,', 'apple,')}", "sorted"),
    ],
)
def test_an_invalid_row_is_named(row, problem):
    assert len(parse_published([HEAD, ROW])) == 1
    with pytest.raises(ValueError, match=re.escape(problem)):
        parse_published([HEAD, *row.splitlines()])


def test_other_columns_are_refused():
    with pytest.raises(ValueError, match="columns"):
        parse_published(["name,url", "bing,https://bing.example/"])
