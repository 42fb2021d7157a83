import json
import pickle
import random
import tracemalloc

import pytest
from findrobots.robots.path_patterns import PathPattern, build_patterns
from findrobots.robots.rules import (
    GOOGLE,
    PARSING_LIMIT,
    STANDARD,
    RobotsTxt,
    Rule,
    normalize_target,
    parse_robots_txt,
)
from hypothesis import given
from hypothesis import strategies as st
from protego import Protego
from support.project import GOOGLE_CASES, PROJECT

FILES = PROJECT / "tests/data/robots-txt"
ALL = b"User-agent: *\n"


def decide(content, target, *tokens, **options):
    return parse_robots_txt(content).decide(tokens or ("abot",), target, **options)


def allows(content, target, *tokens, **options):
    return decide(content, target, *tokens, **options).allowed


@pytest.mark.parametrize(
    ("file", "token", "target", "allowed"),
    [
        # Section 5.1.
        *(
            ("simple.txt", "abot", target, False)
            for target in (b"/a.gif", b"/example/", b"/b/c.gif")
        ),
        *(
            ("simple.txt", "abot", target, True)
            for target in (b"/a.gif?b", b"/publications/", b"/")
        ),
        *(("simple.txt", "foobot", target, False) for target in (b"/", b"/example/", b"/a.gif")),
        ("simple.txt", "foobot", b"/example/page.html", True),
        ("simple.txt", "foobot", b"/example/allowed.gif", True),
        ("simple.txt", "barbot", b"/example/page.html", False),
        ("simple.txt", "bazbot", b"/example/page.html", False),
        ("simple.txt", "bazbot", b"/example/allowed.gif", True),
        ("simple.txt", "quxbot", b"/example/page.html", True),
        # Section 5.2.
        ("longest-match.txt", "foobot", b"/example/page/a.gif", True),
        ("longest-match.txt", "foobot", b"/example/page/disallowed.gif", False),
        # Section 2.2.1.
        *(("merged-groups.txt", "examplebot", path, False) for path in (b"/foo", b"/bar", b"/baz")),
        ("merged-groups.txt", "examplebot", b"/qux", True),
        # Section 2.2.2.
        ("encoded.txt", "a", b"/foo/bar?baz=quz", True),
        ("encoded.txt", "b", b"/foo/bar?baz=https%3A%2F%2Ffoo.bar", True),
        ("encoded.txt", "c", b"/foo/bar/%E3%83%84", True),
        ("encoded.txt", "d", b"/foo/bar/%E3%83%84", True),
        ("encoded.txt", "e", b"/foo/bar/baz", True),
        *(("encoded.txt", token, b"/foo/bar/other", False) for token in "abcde"),
    ],
)
def test_the_examples_of_the_standard(file, token, target, allowed):
    content = (FILES / file).read_bytes()
    assert allows(content, target, token) is allowed
    assert allows(content, target, token, readings=(STANDARD,)) is allowed


@pytest.mark.parametrize(
    ("content", "target", "allowed"),
    [
        (b"\xef\xbb\xbfUser-agent: *\nDisallow: /", b"/a", False),
        (b"User-agent: *\rDisallow: /\r", b"/a", False),
        (b"User-agent: *\r\nDisallow: /\r\n", b"/a", False),
        (b"User-agent: *\r\n\nDisallow: /", b"/a", False),
        (b"USER-AGENT: ABOT\nDISALLOW: /", b"/a", False),
        (b"  User-agent\t:\t*  \n  Disallow \t:  /a  ", b"/a", False),
        (b"User-agent: * # all\nDisallow: /a # not that", b"/a", False),
        (b"User-agent:*\nDisallow:/a#b", b"/a", False),
        (b"# caf\xe9\nUser-agent: *\nDisallow: /", b"/a", False),
        (b"User-agent: *\n<html>\nDisallow: /", b"/a", False),
        (b"User-agent: *\nDisallow:\n", b"/a", True),
        (b"Disallow: /\nUser-agent: *\nDisallow: /b", b"/a", True),
        (b"User-agent: abot\nSitemap: x\nUser-agent: other\nDisallow: /", b"/a", False),
        (b"User-agent: abot\nCrawl-delay: 5\nUser-agent: other\nDisallow: /", b"/a", False),
        (b"User-agent: abot\n\n\nDisallow: /", b"/a", False),
        (b"User-agent: abot\nUser-agent: b\nUser-agent: c\nDisallow: /", b"/a", False),
        (b"User-agent: abot\nDisallow:\nUser-agent: other\nDisallow: /", b"/a", True),
        (b"User-agent: *\nDisallow: /\n\nUser-agent: abot\nDisallow: /b", b"/a", True),
        (b"User-agent: *\nDisallow: /\n\nUser-agent: abot", b"/a", True),
        (b"User-agent: *\nDisallow: /b\nUser-agent: *\nDisallow: /a", b"/a", False),
        (b"User-agent: abot/2.1\nDisallow: /", b"/a", False),
        (b"User-agent: abot*\nDisallow: /", b"/a", False),
        (b"User-agent: abot-image\nDisallow: /", b"/a", True),
        (b"User-agent:\nDisallow: /", b"/a", True),
        (b"User-agent: *\nDisallow: a", b"/a", True),
        (b"", b"/a", True),
    ],
)
def test_lines_and_groups(content, target, allowed):
    assert allows(content, target) is allowed


@pytest.mark.parametrize(
    ("rules", "target", "allowed"),
    [
        (b"Disallow: /a\nAllow: /a/b", b"/a/b/c", True),
        (b"Allow: /a\nDisallow: /a/b", b"/a/b/c", False),
        (b"Disallow: /a\nAllow: /a", b"/a", True),
        (b"Disallow: /a*\nAllow: /ab", b"/ab", True),
        (b"Disallow: /ab\nAllow: /a*", b"/ab", True),
        (b"Disallow: /*b\nAllow: /a", b"/ab", False),
        (b"Allow: /\nDisallow: /*\nDisallow: /abc", b"/", False),
        (b"Disallow: /A", b"/a", True),
        (b"Disallow: /a/*/c", b"/a/x/y/c", False),
        (b"Disallow: /a*c", b"/ac", False),
        (b"Disallow: /a*c", b"/ab", True),
        (b"Disallow: /a**b*", b"/a/b", False),
        (b"Disallow: *", b"/", False),
        (b"Disallow: /$", b"/", False),
        (b"Disallow: /$", b"/a", True),
        (b"Disallow: /*.gif$", b"/a.gif", False),
        (b"Disallow: /*.gif$", b"/a.gif?b", True),
        (b"Disallow: /*ab$", b"/abab", False),
        (b"Disallow: /a*a$", b"/a", True),
        (b"Disallow: /a*$", b"/abc", False),
        (b"Disallow: /a$b", b"/a$bc", False),
        (b"Disallow: /a.b", b"/axb", True),
        (b"Disallow: /*?sort=", b"/x?sort=up", False),
        (b"Disallow: /a/b", b"/a%2Fb", True),
        (b"Disallow: /", b"/robots.txt", True),
        (b"Disallow: /", b"/%72obots.txt?x", True),
        (b"Disallow: /", b"*", True),
        (b"Disallow: *", b"example.com:443", True),
        (b"Disallow: /a", b"/b#/a", True),
        (b"Disallow: /a", b"/a#b", False),
        (b"Disallow: /a", b"http://example.com/a", False),
        (b"Disallow: /", b"http://example.com", False),
    ],
)
def test_rules_and_targets(rules, target, allowed):
    assert allows(ALL + rules, target) is allowed


@pytest.mark.parametrize(
    ("rules", "target", "standard", "google"),
    [
        # Percent-encoding: the standard decodes what needs no encoding, Google's parser does not.
        (b"Disallow: /%62", b"/b", False, True),
        (b"Disallow: /b", b"/%62", False, True),
        (b"Disallow: /%c3%a9", b"/%c3%a9", False, True),
        (b"Disallow: /\xc3\xa9", b"/\xc3\xa9", False, True),
        (b"Disallow: /\nAllow: /%62", b"/%62", True, True),
        (b"Disallow: /\nAllow: /%62", b"/b", True, False),
        (b"Disallow: /?a=https://b", b"/?a=https%3A%2F%2Fb", False, True),
        # Lines that only Google's parser understands.
        (b"Disalow: /a", b"/a", True, False),
        (b"Disallow /a", b"/a", True, False),
        (b"Disallow /a b", b"/a", True, True),
        (b"Disallow: /\nAllow: /a/index.html", b"/a/", False, True),
    ],
)
def test_where_the_readings_differ_nobody_is_accused(rules, target, standard, google):
    assert allows(ALL + rules, target, readings=(STANDARD,)) is standard
    assert allows(ALL + rules, target, readings=(GOOGLE,)) is google
    assert allows(ALL + rules, target) is (standard or google)


def path_of(url):
    return b"/" + url.partition("#")[0].partition("://")[2].partition("/")[2].encode()


def test_the_cases_of_googles_parser():
    if not GOOGLE_CASES.is_file():
        pytest.skip("Google's cases are not beside the project")
    cases = json.loads(GOOGLE_CASES.read_text())
    assert len(cases) == 145
    wrong = [
        (case["test"], case["n"])
        for case in cases
        if case["allowed"]
        is not allows(
            case["robots"].encode(), path_of(case["url"]), case["agent"], readings=(GOOGLE,)
        )
    ]
    assert wrong == []


# Not in these: what protego writes as %2A or %26 before it compares; see the differences below.
LETTERS = ("a", "b", "ab", "/", "x=1", "A", ".", "-")
PIECES = (*LETTERS, "*", "**")
AGENTS = ("FooBot", "Bar", "*", "foobot", "Baz-Bot")


def random_robots_txt(chance):
    lines = []
    for _ in range(chance.randint(1, 4)):
        for _ in range(chance.randint(1, 3)):
            name = chance.choice(["User-agent: ", "user-agent:", "USER-AGENT : "])
            lines.append(name + chance.choice(AGENTS))
        for _ in range(chance.randint(0, 5)):
            name = chance.choice(["Allow: ", "Disallow: ", "disallow:", "Sitemap: ", "# "])
            pattern = "".join(chance.choice(PIECES) for _ in range(chance.randint(0, 6)))
            lines.append(f"{name}/{pattern}")
    return chance.choice(["\n", "\r\n", "\r"]).join(lines)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_random_files_are_read_as_protego_reads_them(seed):
    chance = random.Random(seed)  # noqa: S311 (no secret)
    disallowed = 0
    for _ in range(2000):
        text = random_robots_txt(chance)
        theirs, ours = Protego.parse(text), parse_robots_txt(text.encode())
        for _ in range(4):
            path = "/" + "".join(
                chance.choice([*LETTERS, "?"]) for _ in range(chance.randint(0, 7))
            )
            agent = chance.choice(["FooBot", "Bar", "Qux"])
            allowed = theirs.can_fetch(f"http://h{path}", agent)
            disallowed += not allowed
            for readings in ((STANDARD,), (GOOGLE,)):
                decided = ours.decide([agent], path.encode(), readings=readings)
                assert decided.allowed is allowed, (text, agent, path, readings)
    assert disallowed > 500


@pytest.mark.parametrize(
    ("text", "agent", "path", "ours", "why"),
    [
        (
            "User-agent: Foo\nDisallow: /",
            "Foo-x/1",
            "/",
            True,
            "it takes a user agent, not a token",
        ),
        ("User-agent: * x\nDisallow: /", "Foo", "/", False, "it reads '* x' as a name"),
        ("User-agent: foo 2\nDisallow: /", "Foo", "/", False, "it keeps what follows the token"),
        (
            "User-agent: foo\nCrawl-delay: 1\nUser-agent: b\nDisallow: /",
            *("foo", "/", False, "for it, other lines end a group (RFC 9309, section 2.2.4)"),
        ),
        ("User-agent: *\nDisallow: /a$", "foo", "/a$", True, "for it, $ is also a character"),
        ("User-agent: *\nDisallow: /*A", "foo", "/*", True, "it compares /%2A"),
        (
            "User-agent: *\nDisallow: /?\nAllow: /*",
            "foo",
            "/?",
            True,
            "it compares lengths of /%3F",
        ),
        ("User-agent: *\nDisallow: /a/./b", "foo", "/a/./b", False, ""),
        ("User-agent: *\nDisallow: a", "foo", "/a", True, ""),
    ],
)
def test_where_protego_differs_is_known(text, agent, path, ours, why):
    assert allows(text.encode(), path.encode(), agent) is ours
    theirs = Protego.parse(text).can_fetch(f"http://h{path}", agent)
    assert (theirs is not ours) is bool(why), why


def test_the_rule_that_decides_is_named_with_its_line():
    content = b"# a\r\nUser-agent: *\r\nDisallow: /a\r\nAllow: /a/b # why\r\n"
    assert decide(content, b"/a/c").rule == Rule(False, "/a", 3)  # noqa: FBT003 (a field)
    assert decide(content, b"/a/b").rule == Rule(True, "/a/b", 4)  # noqa: FBT003 (a field)
    assert decide(content, b"/b").rule is None
    assert decide(b"\xef\xbb\xbf" + content, b"/a/c").rule.line == 3


def test_the_first_of_equal_rules_is_named():
    assert decide(ALL + b"Disallow: /a\nDisallow: /a", b"/a").rule.line == 2


def test_where_the_readings_find_different_rules_that_of_the_standard_is_named():
    assert decide(ALL + b"Disallow: /%62c\nDisallow: /b", b"/bc").rule.line == 2


def test_a_pattern_is_safe_to_print():
    rule = decide(ALL + b"Disallow: /\x1b[2J\xff\xe2\x80\xae" + b"a" * 10_000, b"/").rule
    assert rule is None
    rule = decide(ALL + b"Disallow: /*\x1b[2J\xff\nDisallow: /*\xff*\x1b", b"/\x1b[2J%FF").rule
    assert rule.pattern == "/*\\x1b[2J\\xff"
    rule = decide(ALL + b"Disallow: /" + b"a" * 10_000, b"/" + b"a" * 10_000).rule
    assert len(rule.pattern) == 501


def test_the_first_token_that_has_a_group_decides():
    content = (
        b"User-agent: b\nDisallow: /b\nUser-agent: c\nDisallow: /c\nUser-agent: *\nDisallow: /"
    )
    assert allows(content, b"/c", "a", "b", "c")
    assert not allows(content, b"/b", "a", "b", "c")
    assert not allows(content, b"/d", "a")
    assert allows(content, b"/d", "a", obeys_star=False)
    assert not allows(content, b"/b", "B", obeys_star=False)
    assert not parse_robots_txt(content).decide((), b"/d").allowed


def test_names_with_digits_and_dots_are_product_tokens():
    content = b"User-agent: MJ12bot/v1\nUser-agent: archive.org_bot\nDisallow: /"
    assert not allows(content, b"/", "mj12bot")
    assert not allows(content, b"/", "archive.org_bot")
    assert allows(content, b"/", "mj")
    assert allows(content, b"/", "archive")


def test_crawl_delay_is_the_least_of_the_robots_groups():
    content = b"User-agent: a\nCrawl-delay: 10\nUser-agent: b\nDisallow: /x\nUser-agent: a\n"
    robots_txt = parse_robots_txt(
        content + b"crawl-delay: 2.5\nAllow: /\nUser-agent: *\nCrawl-delay: 1"
    )
    assert robots_txt.crawl_delay(["a"]) == 2.5
    assert robots_txt.crawl_delay(["b"]) == 10
    assert robots_txt.crawl_delay(["c"]) == 1
    assert robots_txt.crawl_delay(["c"], obeys_star=False) is None
    for wrong in (b"-1", b"nan", b"inf", b"1e9", b"1_0", b"x", b"", b"9" * 400):
        assert parse_robots_txt(ALL + b"Crawl-delay: " + wrong).crawl_delay(["a"]) is None


def test_what_is_beyond_500_kib_is_not_read_and_a_cut_line_neither():
    comment = b"#" + b"x" * 98 + b"\n"
    begin = ALL + comment * ((PARSING_LIMIT - len(ALL)) // 100)
    room = PARSING_LIMIT - len(begin)
    assert room > 20
    fits = begin + b"Disallow: /b\n" + b"#" * (room - 14) + b"\n"
    assert len(fits) == PARSING_LIMIT
    assert not allows(fits, b"/b")
    assert allows(fits + b"Disallow: /a\n", b"/a")
    assert not allows(fits + b"Disallow: /a\n", b"/b")
    cut = begin + b"#" * (room - 15) + b"\n" + b"Disallow: /archive\n"
    assert cut[:PARSING_LIMIT].endswith(b"Disallow: /arc")
    assert allows(cut, b"/arc")


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_any_bytes_are_read(content, target):
    robots_txt = parse_robots_txt(content)
    assert robots_txt.decide(["abot"], b"/" + target).allowed in {True, False}
    assert pickle.loads(pickle.dumps(robots_txt)) == robots_txt  # noqa: S301 (pickled here)
    assert hash(RobotsTxt(content)) == hash(robots_txt)


RULES = st.lists(
    st.tuples(
        st.sampled_from([b"Allow: ", b"Disallow: "]),
        st.text("ab/*$?%62", max_size=6).map(lambda text: b"/" + text.encode()),
    ),
    max_size=6,
)
TARGETS = st.text("ab/?$*%62", max_size=8).map(lambda text: b"/" + text.encode())


def lines_of(rules):
    return ALL + b"".join(name + pattern + b"\n" for name, pattern in rules)


@given(RULES, TARGETS, st.randoms(use_true_random=False))
def test_the_order_of_rules_does_not_matter(rules, target, chance):
    shuffled = chance.sample(rules, len(rules))
    assert allows(lines_of(rules), target) is allows(lines_of(shuffled), target)


@given(RULES, RULES, TARGETS)
def test_groups_of_one_robot_count_as_one(rules, others, target):
    other = b"Allow:\nUser-agent: x\nDisallow: /\n"  # an empty rule ends the list of agents
    apart = lines_of(rules) + other + lines_of(others)
    assert allows(apart, target) is allows(lines_of([*rules, *others]), target)


@given(RULES, TARGETS)
def test_a_decision_needs_both_readings(rules, target):
    content = lines_of(rules)
    one_by_one = [allows(content, target, readings=(each,)) for each in (STANDARD, GOOGLE)]
    assert allows(content, target) is any(one_by_one)


def matches_simply(pattern, target):
    """Match by the definition: a star is any text, $ at the end is the end."""
    if pattern == b"$":
        return not target
    if not pattern:
        return True
    if pattern[:1] == b"*":
        return any(matches_simply(pattern[1:], target[at:]) for at in range(len(target) + 1))
    return target[:1] == pattern[:1] and matches_simply(pattern[1:], target[1:])


@given(st.text("ab*$", max_size=7), st.text("ab$", max_size=8))
def test_patterns_match_by_their_definition(pattern, target):
    pattern, target = b"/" + pattern.encode(), b"/" + target.encode()
    rule = Rule(False, "", 1)  # noqa: FBT003 (a field)
    found = build_patterns([(pattern, rule)]).find(target)
    assert (found is rule) is matches_simply(pattern, target)


PLAIN_RULES = st.lists(
    st.tuples(st.booleans(), st.text("ab/*$", max_size=5).map(lambda text: b"/" + text.encode())),
    max_size=6,
)


@given(PLAIN_RULES, st.text("ab/$", max_size=6).map(lambda text: b"/" + text.encode()))
def test_the_longest_match_decides_and_of_equal_ones_one_that_allows(rules, target):
    lines = [(b"Allow: " if allow else b"Disallow: ", pattern) for allow, pattern in rules]
    matching = [(len(each), allow) for allow, each in rules if matches_simply(each, target)]
    for readings in ((STANDARD,), (GOOGLE,)):
        expected = max(matching, default=(0, True))[1]
        assert allows(lines_of(lines), target, readings=readings) is expected


class Counted(bytes):
    """A target that notes where it is searched: begin, and end of what was found."""

    def __new__(cls, text):
        made = super().__new__(cls, text)
        made.searches = []
        return made

    def find(self, part, at):
        found = super().find(part, at)
        self.searches.append((at, len(self) if found < 0 else found + len(part)))
        return found


@pytest.mark.parametrize("end", [b"", b"$", b"c", b"c$"])
@pytest.mark.parametrize("piece", [b"*a", b"*ab", b"**a*b", b"*aab"])
def test_no_byte_of_a_target_is_searched_twice(piece, end):
    rules = build_patterns([(b"/" + piece * 500 + end, Rule(False, "", 1))])  # noqa: FBT003
    target = Counted(b"/" + b"ab" * 5000)
    rules.find(target)
    assert 0 < len(target.searches) <= 1001
    assert all(
        end <= begin
        for (_, end), (begin, _) in zip(target.searches, target.searches[1:], strict=False)
    )


def test_a_part_is_searched_for_only_after_the_one_before():
    pattern = PathPattern(5, (b"/", b"ab", b"b"), anchored=True, rule=None)
    assert not pattern.matches(b"/ab")
    assert pattern.matches(b"/abb")


HOSTILE = {
    "stars": ALL + b"Disallow: /" + b"*" * (1 << 20),
    "stars between letters": ALL + b"Disallow: /" + b"*a" * (1 << 19) + b"$",
    "many patterns": ALL + b"".join(b"Disallow: /*a%d*b$\n" % n for n in range(30_000)),
    "many prefixes": ALL + b"".join(b"Disallow: /%s\n" % (b"a" * n) for n in range(1000)),
    "many agents": b"".join(b"User-agent: a%d\n" % n for n in range(20_000))
    + b"".join(b"Disallow: /%d\n" % n for n in range(20_000)),
    "many groups of one": b"User-agent: abot\nDisallow: /a\n" * 20_000,
    "alternating": b"".join(b"User-agent: a%d\nDisallow: /\n" % n for n in range(20_000)),
    "one line": ALL[:-1] * (1 << 17),
    "colons": b":" * (1 << 20),
    "newlines": b"\r\n" * (1 << 19),
    "binary": random.Random(1).randbytes(1 << 20),  # noqa: S311 (no secret)
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_takes_little_memory(name):
    content = HOSTILE[name]
    tracemalloc.start()
    try:
        robots_txt = parse_robots_txt(content)
        for token in ("abot", "a7", "a19999"):
            robots_txt.decide([token], b"/" + b"ab" * 4000)
        assert tracemalloc.get_traced_memory()[1] < 100 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_groups_that_are_asked_for_are_kept_up_to_a_limit():
    robots_txt = parse_robots_txt(HOSTILE["alternating"])
    for number in range(2000):
        robots_txt.decide([f"a{number}"], b"/")
    assert len(robots_txt._arranged) <= 64  # noqa: SLF001 (the bound of its memory)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/a?b", b"/a?b"),
        (b"/a?b#c", b"/a?b"),
        (b"http://x/a", b"/a"),
        (b"HTTPS://x", b"/"),
        (b"*", b"*"),
    ],
)
def test_the_path_and_query_of_a_target(target, path):
    assert normalize_target(target) == path
