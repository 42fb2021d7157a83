"""What is read of YAML is what its parser reads; anything else is refused."""

from pathlib import Path

import dask
import pytest
import yaml
from findrobots.running.plain_yaml import read_plain_yaml
from hypothesis import example, given
from hypothesis import strategies as st

DEFAULTS = Path(dask.__file__).with_name("dask.yaml").read_text("utf-8")

indents = st.sampled_from(["", " ", "  ", "    ", "      ", "\t"])
keys = st.sampled_from(
    ["key:", "other-key:", "on:", "null:", "y:", "K:", "a b:", '"key":', "1:", "- key:", "-", "- -"]
)
values = st.sampled_from(
    [
        *("", "null", "true", "false", "~", "yes", "Null", ".inf", "-.inf", ".nan", "text", "a/b"),
        *("0", "10", "010", "0x1", "1_0", "1.5", "1.", "1e3", "1:30", "-1", "2026-11-28", "1/2"),
        *('"text"', '"a # b"', '"a: b"', '"\\n"', '""', "'a'", "[1]", "{}", "|", "&a", "*a", "!a"),
        *("a_b c", "a/b: c", "a/b#c", "a/[b]", "a/b,", "a\\|b", "é/", "key: 1", "- 1", "?", "@a/b"),
    ]
)
ends = st.sampled_from(["", " ", " # comment", "# no comment", " #", "\r", "\0"])
lines = st.one_of(
    st.builds("{}{} {}{}".format, indents, keys, values, ends),
    st.builds("{}{}{}".format, indents, st.sampled_from(["- ", ""]), values),
    st.sampled_from(["", "  ", "# comment", "  # comment", "---", "...", "%YAML 1.1"]),
)
texts = st.lists(lines, max_size=6).map("\n".join)


def read(text):
    try:
        return read_plain_yaml(text)
    except ValueError:
        return "refused"


def parse(text):
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return "no YAML"


@pytest.mark.filterwarnings("ignore")
@given(texts)
@example("key: 1\n  deeper: 2")
@example("key:\n- a/b\n- b/c")
@example("key:\n    a: 1\n  b: 2")
@example("  key: 1\nother: 2")
@example("key: a/b\n  c/d")
@example("-\n  key: 1")
@example("key:\nkey:\n  inner: 1")
def test_what_is_read_is_what_the_parser_reads(text):
    result = read(text)
    assert result == "refused" or repr(result) == repr(parse(text))


def test_the_defaults_of_dask_are_read():
    assert repr(read(DEFAULTS)) == repr(yaml.safe_load(DEFAULTS))


@pytest.mark.parametrize(
    "text", ["", "# comment", "text", "[1]", "key: [1]", "key: &a 1", "a: 1\r"]
)
def test_other_text_is_refused(text):
    assert read(text) == "refused"
