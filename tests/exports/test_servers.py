"""Rules do in real servers what they say, and no text of a log changes what a server reads."""

from datetime import date

import pytest
from findrobots.exports.block_list import AddressRule, BlockedRobot, BlockList, Choice
from findrobots.exports.formats import write_rules
from findrobots.exports.patterns import AgentRule
from findrobots.exports.selection import choose
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from support.examples import at_most
from support.sightings import AGENTS, BROWSER, SITE
from support.web_servers import LOOPBACK, SERVERS, find_program, run, web_server

pytestmark = pytest.mark.slow

HOSTILE = [
    'a"; } return 200; #',
    "a'\n}\nrespond 200\n",
    "a` b {$HOME} {env.HOME} ${HOME}",
    "$remote_addr %{HTTP_HOST} %(known/x)s <HOST>",
    "a\\",
    "é \u202e \x1b[2J \0",
    "]] (? *+ |^$ {3}",
    "</If> Require all granted <If>",
]
# Addresses of the loopback: 127.0.0.9 is blocked.
BAD = "127.0.0.9"


def rules_of(robots=("GPTBot",), texts=(), names=()):
    """Rules on two addresses, robots, whole user agents, and names of any text."""
    chosen = choose(SITE, Choice(robots=robots))
    day, reason = date(2027, 1, 6), "\n".join(HOSTILE)
    addresses = [AddressRule(each, HOSTILE[0], "impostor", day, reason) for each in (BAD, "::9")]
    agents = [AgentRule(f"x{text}", text, is_exact=True) for text in texts]
    agents += [AgentRule(name, name) for name in names]
    blocked = [BlockedRobot(each.robot, "", "", None) for each in agents]
    return BlockList(
        (*addresses, *chosen.addresses),
        (*chosen.robots, *blocked),
        (*chosen.agents, *agents),
        (),
        (),
    )


def written(name, rules):
    content, _ = write_rules(name, rules)
    return content.decode("ascii")


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_refuses_who_is_blocked_and_nobody_else(name, tmp_path):
    text = written(name, rules_of(("GPTBot", "Googlebot"), texts=["Qbot 1; (+http://q)"]))
    with web_server(name, tmp_path, text) as site:
        refused = [
            site.status(user_agent=AGENTS["GPTBot"]),
            site.status(user_agent=AGENTS["GPTBot"].upper()),
            site.status(user_agent="Qbot 1; (+http://q)"),
            site.status(user_agent=BROWSER, source=BAD),
            site.status("/robots.txt/a", user_agent=AGENTS["GPTBot"]),
            site.status("/a?/robots.txt", user_agent=AGENTS["GPTBot"]),
        ]
        answered = [
            site.status(user_agent=BROWSER),
            site.status(user_agent=AGENTS["MJ12bot"]),
            site.status(user_agent="Mozilla/5.0 (KHTML, like GPTBot) Foo"),
            site.status(user_agent=AGENTS["Googlebot-Image"]),
            site.status(user_agent="Qbot 2; (+http://q)"),
            site.status("/robots.txt", user_agent=AGENTS["GPTBot"]),
            site.status("/robots.txt", source=BAD),
        ]
    assert refused == [403] * 6
    assert answered == [200] * 7


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_with_empty_rules_answers_everybody(name, tmp_path):
    text = written(name, BlockList((), (), (), (), ()))
    with web_server(name, tmp_path, text) as site:
        assert site.status(user_agent=AGENTS["GPTBot"]) == 200
        assert site.status(user_agent="", source=BAD) == 200


@pytest.mark.parametrize("name", SERVERS)
def test_hostile_texts_stay_within_their_quotes(name, tmp_path):
    names = [text for text in HOSTILE if text.isascii()]
    text = written(name, rules_of(names=names))
    with web_server(name, tmp_path, text) as site:
        assert site.status(user_agent=AGENTS["GPTBot"]) == 403
        assert site.status(user_agent=names[0]) == 403
        assert site.status(user_agent=BROWSER) == 200
        assert site.status(user_agent=BROWSER, source=BAD) == 403


@pytest.mark.parametrize("name", SERVERS)
@at_most(10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.text(min_size=1, max_size=20), max_size=30))
def test_a_server_reads_rules_on_any_names(name, tmp_path, names):
    check, _ = SERVERS[name](tmp_path, written(name, rules_of(names=names)), 1)
    done = run(*check)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nft_reads_the_rules(tmp_path):
    program = find_program("nft")
    (tmp_path / "rules.nft").write_text(written("nftables", rules_of(names=HOSTILE)))
    done = run(program, "-c", "-f", tmp_path / "rules.nft")
    if "Operation not permitted" in done.stderr:
        pytest.skip("nft may not ask the kernel here")
    assert done.returncode == 0, done.stderr


def test_fail2ban_finds_the_lines_of_who_is_blocked(tmp_path):
    program = find_program("fail2ban-regex")
    names = [text for text in HOSTILE if text.isascii()]
    rules = rules_of(texts=["Qbot 1; (+http://q)"], names=names)
    (tmp_path / "findrobots.conf").write_text(written("fail2ban", rules))
    line = '{} - - [06/Jan/2027:10:00:00 +0000] "GET {} HTTP/1.1" 200 512 "-" "{}"\n'
    found = [
        line.format("192.0.2.1", "/page", AGENTS["GPTBot"]),
        line.format("www.example.org:443 192.0.2.1", "/page", "gptbot"),
        line.format("192.0.2.1", "/page", "Qbot 1; (+http://q)"),
        line.format(BAD, "/page", BROWSER),
        line.format("::9", "/page", BROWSER),
    ]
    passed = [
        line.format("192.0.2.1", "/GPTBot", BROWSER),
        line.format("192.0.2.1", "/page", "(like GPTBot)"),
        line.format("127.0.0.99", "/page", BROWSER),
        line.format("192.0.2.1", "/page", "Qbot 2"),
    ]
    ignored = [line.format("192.0.2.1", "/robots.txt", AGENTS["GPTBot"])]
    (tmp_path / "access.log").write_text("".join([*found, *passed, *ignored]))
    done = run(
        program, "--print-all-matched", tmp_path / "access.log", tmp_path / "findrobots.conf"
    )
    assert f"{len(ignored)} ignored, {len(found)} matched, {len(passed)} missed" in done.stdout
    assert [each for each in found if each.strip() in done.stdout] == found


def test_goaccess_counts_the_robots_as_crawlers(tmp_path):
    program = find_program("goaccess")
    (tmp_path / "browsers.list").write_text(written("goaccess", rules_of(names=HOSTILE)))
    line = '192.0.2.1 - - [06/Jan/2027:10:00:00 +0000] "GET /{} HTTP/1.1" 200 512 "-" "{}"\n'
    (tmp_path / "access.log").write_text(
        line.format("a", AGENTS["GPTBot"]) + line.format("b", BROWSER)
    )
    output = tmp_path / "report.csv"
    done = run(
        *(program, tmp_path / "access.log", "--log-format=COMBINED", "--no-global-config"),
        *(f"--browsers-file={tmp_path / 'browsers.list'}", "--crawlers-only", "-o", output),
    )
    assert done.returncode == 0, done.stderr
    assert '"/a"' in output.read_text()
    assert '"/b"' not in output.read_text()


def test_the_address_of_this_machine_is_not_blocked():
    assert LOOPBACK not in written("nginx", rules_of())
