"""Plain YAML is read as PyYAML reads it, and other YAML is left to it."""

from pathlib import Path

import dask
import pytest
import yaml
from findrobots.running.plain_yaml import read_plain_yaml
from hypothesis import given
from hypothesis import strategies as st

# Pieces of lines, some of which mean something else in YAML than they seem to.
KEYS = ("a:", "bc-d:", "- ", "-", "on:", "null:", "A:", "y:", "no-a:", "? a", "", "a::", "- a:")
VALUES = (
    *("", " ", " null", " true", " 0", " 07", " 12", " 1.5", " 1.", " 1e3", " 1:30", " .inf"),
    *(' "x"', ' "# x: y"', ' "\\n"', ' "x', " 'x'", " x", " yes", " ~", " 2026-01-01", " -1"),
    *(
        r" dask[\\\/](base|core)\.py",
        " a[b]: c",
        " [a]",
        " {}",
        " &a 1",
        " *a",
        " |",
        " >",
        " !!str 1",
    ),
)
COMMENTS = ("", " # x", "  # a: b", "#x", " ", "\t", " # \x07", "\r")
LINES = st.builds(
    lambda indent, *parts: " " * indent + "".join(parts),
    *(st.integers(0, 3), st.sampled_from(KEYS), st.sampled_from(VALUES), st.sampled_from(COMMENTS)),
)
PLAIN_LINES = st.builds(
    lambda indent, *parts: " " * indent + "".join(parts),
    st.sampled_from([0, 2, 4]),
    *(st.sampled_from(["a:", "b:", "- "]), st.sampled_from(["", " 1", " null", " true"])),
)


class Indented(yaml.SafeDumper):
    """PyYAML's dumper, but lists are indented, as they are in the settings of Dask."""

    def increase_indent(self, flow=False, indentless=False):  # noqa: ARG002, FBT002 (PyYAML's)
        return super().increase_indent(flow, indentless=False)


def library_reads(text):
    try:
        return repr(yaml.safe_load(text))
    except yaml.YAMLError:
        return "an error"


def test_the_settings_of_dask_are_plain():
    text = Path(dask.__file__).with_name("dask.yaml").read_text()
    assert repr(read_plain_yaml(text)) == library_reads(text)


@given(
    st.lists(LINES, max_size=5).map("\n".join) | st.lists(PLAIN_LINES, max_size=8).map("\n".join)
)
def test_what_is_read_is_what_the_library_reads(text):
    settings = read_plain_yaml(text)
    assert settings is None or repr(settings) == library_reads(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(0, 10**9) | st.sampled_from([1.5, 0.25]),
        lambda inner: (
            st.dictionaries(st.sampled_from(["a", "b-c", "yesterday"]), inner, min_size=1)
            | st.lists(st.none() | st.integers(0, 99), min_size=1)
        ),
        max_leaves=9,
    ).filter(lambda value: isinstance(value, dict))
)
def test_any_mapping_of_plain_values_is_plain(settings):
    text = yaml.dump(settings, Dumper=Indented, sort_keys=False)
    assert repr(read_plain_yaml(text)) == repr(settings)


@pytest.mark.parametrize(
    "text",
    [
        *("", "# x", "a", "- 1", "a: 1\n b: 2", "a:\n- 1", "a:", "a: 1\nb", "a: &x 1\nb: *x"),
        *(
            "a: yes",
            "on: 1",
            "a: 010",
            "a: 1_0",
            "---\na: 1",
            "a: 'x'",
            "a: [1]",
            "a:\n  - 1\n  b: 1",
        ),
    ],
)
def test_other_yaml_is_left_to_the_library(text):
    assert read_plain_yaml(text) is None
