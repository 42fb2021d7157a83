"""Wanted lines are collected, whatever is between them."""

from findrobots.reading.collector import LineCollector
from findrobots.records import Lines
from hypothesis import given
from hypothesis import strategies as st

PATH = b"/robots.txt"
LINE = st.sampled_from([PATH, b"GET /robots.txt 200", b"GET / 200", b"", b"\0\0"])


@given(st.lists(st.lists(LINE, min_size=1, max_size=6), max_size=3))
def test_lines_that_follow_one_another_and_others_are_collected_alike(blocks):
    collector, offset, expected = LineCollector("a.log", (PATH,)), 1, []
    for lines in blocks:
        text = b"".join(line + b"\n" for line in lines)
        collector.add(offset, memoryview(text))
        for line in lines:
            expected += [(offset, line)] if PATH in line else []
            offset += len(line) + 1
    found = [*collector.take()]
    offsets, texts = zip(*expected, strict=True) if expected else ((), ())
    whole = Lines("a.log", [*offsets], b"\n".join(texts))
    assert found == ([whole] if expected else [])
