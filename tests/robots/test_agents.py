import string
import subprocess
import sys
import time
from datetime import date
from urllib.parse import quote

import crawleruseragents
import pytest
from findrobots.robots.agents import (
    PURPOSES,
    Agent,
    find_robot,
    load_robots,
    name_agent,
    read_robots,
)
from findrobots.robots.errors import RobotTableError
from findrobots.robots.matcher import decode
from hypothesis import example, given
from hypothesis import strategies as st
from support.user_agents import PEOPLE, ROBOTS

NAMES = [robot.name for robot in load_robots()]
names = st.sampled_from(NAMES)
versions = st.from_regex(r"(/v?[0-9]{1,3}(\.[0-9]{1,4}){0,3}[a-z]?)?", fullmatch=True)
browsers = st.sampled_from([each.user_agent for each in PEOPLE])
known_robots = st.sampled_from(ROBOTS)
NOBODY = Agent("", "", "", "none")


@pytest.mark.parametrize("known", ROBOTS, ids=lambda known: known.user_agent)
def test_a_robot_is_named(known):
    agent = name_agent(known.user_agent)
    assert (agent.name, agent.declared_by) == (known.name, known.declared_by)


@pytest.mark.parametrize("known", PEOPLE, ids=lambda known: known.user_agent)
def test_a_browser_is_not_named(known):
    assert name_agent(known.user_agent) == NOBODY


def test_the_user_agents_have_most_robots_of_the_table_and_many_browsers():
    assert len({each.name for each in ROBOTS if each.declared_by == "table"}) >= 80
    assert len({each.user_agent for each in PEOPLE}) >= 40


# Of crawler-user-agents' examples, those whose pattern matches only the middle of a word.
WITHIN_WORDS = {"GigablastOpenSource/1.0", "GlobalWebSearchx"}


def test_the_examples_of_crawler_user_agents_are_robots():
    entries = crawleruseragents.CRAWLER_USER_AGENTS_DATA
    examples = {example for entry in entries for example in entry["instances"]}
    assert len(examples) > 2000
    assert {example for example in examples if not name_agent(example).name} <= WITHIN_WORDS


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Googlebot-Image/1.0", "Googlebot-Image"),
        ("Mozilla/5.0 (compatible; Googlebot-Richsnippets)", "Googlebot"),
        ("AdsBot-Google-Mobile-Apps", "AdsBot-Google-Mobile"),
        ("Mozilla/5.0 (compatible; bingbot/2.0) AhrefsBot/7.0", "AhrefsBot"),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "Slackbot-LinkExpanding"),
    ],
)
def test_the_longest_name_wins(user_agent, name):
    assert name_agent(user_agent).name == name


@pytest.mark.parametrize(
    "user_agent",
    [
        *("like Googlebot", "Example/1.0 (like Googlebot/2.1)", "Browser like bingbot/2.0; x"),
        *("TelegramBots", "NotGPTBot", "GPTBots/1.0", "x.googlebot", "googlebot.com"),
        "Mozilla/5.0 (X11; Linux) Firefox/1.0 https://example.com/?q=Googlebot",
        "Mozilla/5.0 (compatible; OtherThing/1.0; +https://openai.com/gptbot)",
        "Mozilla/5.0 (compatible; OtherThing/1.0; googlebot@example.com)",
        "Mozilla/5.0 (compatible; OtherThing/1.0; www.example.com/Googlebot/2.1)",
    ],
)
def test_what_is_no_claim_names_no_robot_of_the_table(user_agent):
    assert name_agent(user_agent).declared_by != "table"


@pytest.mark.parametrize(
    "user_agent",
    [
        "Mozilla/5.0 (Linux; Android 7.0; CUBOT_NOTE_S) AppleWebKit/537.36 Chrome/64.0 Mobile",
        "Mozilla/5.0 (Linux; Android 9; MI 6) SogouSearch SogouMSE,SogouMobileBrowser/6.8.1",
        "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) [Pinterest/iOS]",
        "Mozilla/5.0 (Linux; Android 9; Panasonic Eluga) Chrome/80 Mobile Safari/537.36",
        *("Abbott/1.0", "bottle/0.12", "", "-", '"-"', " ", "a@b", "ios@11.0.2.2268", "+http://"),
    ],
)
def test_what_looks_like_a_robot_but_is_none(user_agent):
    assert name_agent(user_agent) == NOBODY


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("ExampleBot/1.0", "ExampleBot"),
        ("Mozilla/5.0 (compatible; ExampleBot-2.1; +http://bot.example)", "ExampleBot"),
        ("Mozilla/5.0 (compatible; Example Crawler/1.0)", "Example Crawler"),
        ("Mozilla/5.0 (compatible; spider)", "spider"),
        ("Example-Reader 2 (+https://reader.example/about)", "Example-Reader"),
        ("Example (somebody@mail.example)", "Example"),
        ("Mozilla/5.0 (+https://nameless.example/page)", "nameless.example"),
        ("somebody@mail.example", "mail.example"),
    ],
)
def test_a_user_agent_names_itself(user_agent, name):
    assert name_agent(user_agent) == Agent(name, "", "", "itself")


GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.mark.parametrize(
    "written",
    [
        f'"{GOOGLEBOT}"',
        f"'{GOOGLEBOT}'",
        f"\\x22{GOOGLEBOT}\\x22",
        GOOGLEBOT.replace(" ", "+"),
        GOOGLEBOT.replace(" ", "%20"),
        quote(GOOGLEBOT),
        quote(quote(GOOGLEBOT)),
    ],
)
def test_a_user_agent_is_understood_as_logs_write_it(written):
    assert decode(written) == GOOGLEBOT
    assert name_agent(written).name == "Googlebot"


def test_only_the_beginning_of_a_long_user_agent_is_read():
    assert name_agent("x " * 400 + "Googlebot/2.1").name == "Googlebot"
    assert name_agent("x " * 40_000 + "Googlebot/2.1") == NOBODY


def test_a_name_that_a_user_agent_gives_itself_is_not_long():
    for user_agent in (
        "x" * 500 + "bot",
        "x" * 500 + " a@b.example",
        "a@" + "b." * 200 + "example",
    ):
        assert 0 < len(name_agent(user_agent).name) <= 64


HOSTILE = ("bot", '"bot', "@a.", "a@a.a", "like ", "http://", "ContextualBot", "a crawler ")
HOSTILE += ("Googlebot ", "like Googlebot ", "x", "1.", "%20", "\\x22", "Spider", "v1", "-", "(")


@pytest.mark.timing
@pytest.mark.parametrize("words", [a + b for a in HOSTILE for b in ("", "bot", "@", "+http://")])
def test_a_hostile_user_agent_takes_no_longer_than_a_hundred_honest_ones(words):
    user_agent = words * (5000 // len(words))
    name_agent(user_agent[:-1])  # loads the table and the patterns
    start = time.thread_time()
    name_agent(user_agent)
    assert time.thread_time() - start < 0.01


@given(names, versions)
def test_a_version_and_other_words_do_not_change_the_name(name, version):
    for user_agent in (
        f"{name}{version}",
        f"Mozilla/5.0 (compatible; {name}{version}; +http://robot.example/about)",
        f"Mozilla/5.0 (KHTML, like Gecko; compatible; {name}{version}) Chrome/1.0 Safari/1.0",
        f"{name}{version} (+https://robot.example; mail@robot.example)",
    ):
        assert name_agent(user_agent).name == name


@given(known_robots.filter(lambda known: known.declared_by != "itself"), st.data())
def test_upper_and_lower_case_do_not_change_the_name(known, data):
    letters = st.sampled_from([str.upper, str.lower, str.swapcase, str.title])
    assert name_agent(data.draw(letters)(known.user_agent)).name == known.name


@given(known_robots)
def test_quotes_and_url_encoding_do_not_change_the_name(known):
    for written in (f'"{known.user_agent}"', f"'{known.user_agent}' ", quote(known.user_agent)):
        assert name_agent(written).name == known.name


@given(browsers, names, versions)
def test_a_robot_that_a_browser_is_like_is_not_named(browser, name, version):
    assert name_agent(f"{browser} (like {name}{version})") == NOBODY


@given(browsers, names)
def test_a_robot_in_an_address_is_not_named(browser, name):
    assert name_agent(f"{browser} http://robot.example/{name}").declared_by != "table"


@given(st.text())
@example("%")
@example("\\x")
@example("İGooglebot\udcff")
def test_any_text_has_a_name_that_may_be_printed(text):
    agent = name_agent(text)
    assert agent.name.isprintable()
    assert bool(agent.name) == (agent.declared_by != "none")
    assert agent.purpose in (*PURPOSES, "")


@given(st.text(string.ascii_letters + string.punctuation + " ", max_size=60), names)
def test_a_name_between_spaces_is_found_in_any_text(text, name):
    masked = text.lower().replace("like", "")
    assert name_agent(f"{masked} ; {name} ; {masked}").declared_by == "table"


def test_find_robot_reads_the_table():
    robot = find_robot("googlebot-image")
    assert robot.name == "Googlebot-Image"
    assert robot.robots_tokens == ("googlebot-image", "googlebot")
    assert robot.shares_with == ("Googlebot",)
    assert robot.lists == ("google-common",)
    assert robot.checked == date(2026, 11, 27)
    assert find_robot("Mozilla") is None


def test_the_table_has_at_least_sixty_robots_in_order():
    robots = load_robots()
    assert len(robots) >= 60
    order = [(robot.operator.lower(), robot.name.lower()) for robot in robots]
    assert order == sorted(order)


def test_a_checked_robot_has_a_page_and_words_of_its_operator():
    for robot in load_robots():
        assert not robot.checked or (robot.docs and robot.says), robot.name


def test_robots_that_fetch_for_a_user_obey_only_if_their_operator_says_so():
    obedient = {robot.name for robot in load_robots() if robot.user_triggered and robot.obeys_star}
    assert obedient == {"AhrefsSiteAudit", "Claude-User", "MistralAI-User", "rogerbot"}


HEADING = ",".join(find_robot("Googlebot")._fields)
ROW = (
    "ABot,A,search,abot,yes,no,24,no,a-list,bot.example,,obeys,https://bot.example/,2026-11-27",
    "BBot,B,search,bbot,yes,no,24,no,,,ABot,,,",
)


def table(*changes):
    text = "\n".join([HEADING, *ROW])
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    return text


def test_a_table_is_read():
    one, other = read_robots(table())
    assert (one.name, one.lists, one.checked) == ("ABot", ("a-list",), date(2026, 11, 27))
    assert (other.shares_with, other.docs, other.checked) == (("ABot",), "", None)


@pytest.mark.parametrize(
    ("change", "line", "reason"),
    [
        (("name,operator", "operator,name"), 1, "the columns are not name, operator"),
        (("2026-11-27", "2026-11-31"), 2, "'2026-11-31' is no value of checked"),
        ((",yes,no,24", ",true,no,24"), 2, "'true' is no value of obeys_star"),
        ((",24,", ",x,"), 2, "'x' is no value of cache_hours"),
        ((",24,", ",0,"), 2, "cache_hours is not above 0"),
        (("ABot,A,search", "A Bot,A,search"), 2, "'A Bot' is no value of name"),
        (("ABot,A,search", "ABot,,search"), 2, "it has no operator"),
        (("A,search", "A,assistant"), 2, "'assistant' is not one of the purposes"),
        (("search,abot", "search,ABot"), 2, "'ABot' is no value of robots_tokens"),
        (("search,abot", "search,"), 2, "it obeys robots.txt but has no robots_tokens"),
        (("a-list", "a--list"), 2, "'a--list' is no value of lists"),
        (("bot.example", ".bot.example"), 2, "'.bot.example' is no value of rdns_suffixes"),
        (("bot.example", "amazonaws.com"), 2, "anybody may have a host in amazonaws.com"),
        (("bot.example", "example"), 2, "'example' is no value of rdns_suffixes"),
        (("https://", "http://"), 2, "'http://bot.example/' is no value of docs"),
        (("BBot,B", "aBOT,B"), 3, "there is another row of this name"),
        (("ABot,,,", "CBot,,,"), 3, "shares_with names 'CBot'"),
        (("ABot,,,", "BBot,,,"), 3, "shares_with names 'BBot'"),
        (("ABot,,,", "ABot,,,,"), 3, "it has 15 cells, not 14"),
    ],
)
def test_a_wrong_row_is_named_with_its_reason(change, line, reason):
    with pytest.raises(RobotTableError, match=rf"^agents.csv, line {line} \(") as raised:
        read_robots(table(change))
    assert reason in str(raised.value)


def test_naming_is_prepared_at_the_first_user_agent_and_not_before():
    code = """if True:
        import sys
        from findrobots.robots.agents import find_robot, name_agent
        find_robot("Googlebot")
        late = {"ahocorasick_rs", "crawleruseragents"}
        print(late & sys.modules.keys())
        name_agent("curl/8.0")
        print(late - sys.modules.keys())
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\nset()\n"
