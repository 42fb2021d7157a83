"""Plain words everywhere: those that a newcomer has to decode do not come back."""

import re

import pytest
from findrobots.cli.main import cli
from support.project import PROJECT

# Patterns of such words, each with the word to use instead.
INSTEAD = {
    r"strangers?": "untrusted",
    r"deeds?": "call",
    r"mend|mends|mended|mending": "fix, hint",
    r"whereabouts": "position, in flight",
    r"told|tells?(?!\()|telling": "report, describe, return",
    r"likewise": "the sentence itself, again",
    r"glances?|glanced|glancing": "probe",
    r"anew": "again",
    r"as far as(?! possible)": "up to, as much as",
    r"so many": "N, at most",
    r"of like weight": "of similar size",
    r"at hand": "available",
    r"in the making": "temporary",
    r"amid": "within",
    r"stands? for": "means",
    r"stands? (?:there|behind|before|above|below)": "is, exists",
    r"one behind the other": "one after another",
    r"met": "seen, found",
    r"salvaged?|salvaging": "recover",
    r"litter": "stale files",
    r"for want of": "without, out of",
    r"there is none of": "unknown",
    r"unforeseen": "unexpected",
}
PATTERNS = {re.compile(rf"\b(?:{words})\b", re.IGNORECASE): INSTEAD[words] for words in INSTEAD}
LINK_TARGET = re.compile(r"\]\([^)]*\)")

PAGES = [
    *(PROJECT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
    *sorted((PROJECT / "docs").rglob("*.md")),
]
CODE = sorted((PROJECT / "pipeline").rglob("*.py"))
NAMES = [path.relative_to(PROJECT).as_posix() for path in (*PAGES, *CODE)]


def private_words(text):
    """List the uses of such words: the line's number, the word, what to write, and the line."""
    return [
        f"line {number}: {found[0]!r}, write {instead}: {line.strip()}"
        for number, line in enumerate(text.splitlines(), 1)
        for pattern, instead in PATTERNS.items()
        for found in pattern.finditer(LINK_TARGET.sub("]", line).replace("_", " "))
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_in_plain_words(name):
    found = private_words((PROJECT / name).read_text())
    assert not found, "\n".join(found)


@pytest.mark.parametrize("command", [cli, *cli.commands.values()], ids=lambda each: each.name)
def test_a_help_text_is_in_plain_words(command):
    context = command.make_context(command.name, [], resilient_parsing=True)
    found = private_words(command.get_help(context))
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A stranger's deed, told anew", 4),
        ("read as far as can be", 1),
        ("read as far as possible", 0),
        ("def tell_damages(glance):", 2),
        ("metadata, retelling and [a page](what-it-tells.md)", 0),
    ],
)
def test_private_words_are_found(text, words):
    assert len(private_words(text)) == words
