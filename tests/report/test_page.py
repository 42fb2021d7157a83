"""What a report page says of an audit, and that no text of a log changes what it is."""

import re
import sys
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from findrobots.report.errors import MissingJinjaError
from findrobots.report.html import render_page
from findrobots.report.limits import LIMITS
from findrobots.robots.filter import make_filter
from hypothesis import given
from hypothesis import strategies as st
from support.audits import make_audit, violation, visit
from support.examples import at_most
from support.pages import Page

RANGE = {"verdict": "verified", "reason": "range openai-gptbot 2027-02-01"}


def read(audit, **options):
    return Page(render_page(audit, **options))


@pytest.fixture(scope="module")
def page():
    """Two weeks of a site: a verified robot, two that are not, an impostor and a browser."""
    days = range(14)
    return read(
        make_audit(
            [
                *(
                    visit(day, "203.0.113.1", requests=10 + day, operator="OpenAI", **RANGE)
                    | {"purpose": "ai-training", "robots_txt_requests": 1}
                    for day in days
                ),
                visit(9, "203.0.113.2", requests=5, violations=2, operator="OpenAI", **RANGE),
                visit(3, "198.51.100.7", "MJ12bot", requests=4, violations=1, operator="Majestic"),
                visit(4, "198.51.100.9", "Bytespider", requests=3, operator="ByteDance"),
                visit(5, "192.0.2.66", verdict="impostor", requests=2, operator="OpenAI", unread=1)
                | {"reason": "not in range openai-gptbot 2027-02-05"},
                visit(6, "192.0.2.77", "", requests=6, robots_txt_requests=2)
                | {"user_agents": ["Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"]},
            ],
            [
                violation(host="203.0.113.2", verdict="verified", offset=1234),
                violation(host="203.0.113.2", verdict="verified", target="/private/b", offset=99),
                violation(robot="MJ12bot", target="/old/", rule="/old", rule_line=7),
            ],
            [
                {"source": "a.log", "bytes_text": 2000, "bytes_stored": 500},
                {"source": "b.log.gz", "damage": "unexpected end", "rejects": 3},
            ],
            counts={"lines": 1000, "other_lines": 789, "blank_lines": 1, "rejects": 3},
            policies=[
                ["2027-01-01T00:00:00+00:00", "2027-02-03T12:30:00+00:00", "first.txt"],
                ["2027-02-05T00:00:00+00:00", "", "second.txt"],
            ],
            lists={"openai-gptbot": ["2027-01-01", "2027-02-01"]},
        )
    )


def test_the_first_screen_says_how_much_of_the_traffic_is_robots(page):
    assert "24.1% of 1,040 requests: 251 by 3 robots" in page.sections["card-share"]


def test_the_first_screen_says_whose_it_is_without_what_impostors_did(page):
    text = page.sections["card-whose"]
    assert "OpenAI 236" in text
    assert "Majestic 4" in text
    assert "impostors 2" in text


def test_the_first_screen_says_what_is_verified(page):
    text = page.sections["card-verified"]
    assert re.search(r"verified 236 .* 2 hosts, shown to be their robots", text)
    assert re.search(r"not verified 13 .* 3 hosts, which may be anybody", text)
    assert re.search(r"impostor 2 .* 1 host, shown not to be", text)


def test_the_first_screen_compares_the_last_seven_days_with_the_seven_before(page):
    text = page.sections["card-changed"]
    assert "Last 7 days (2027-02-08 to 2027-02-14) against the 7 before" in text
    assert "Requests 106 145 +37%" in text
    assert "Hosts 5 2 −60%" in text  # noqa: RUF001 (a minus)
    assert "Violations 1 2 +100%" in text
    assert "GPTBot 91 145 +59%" in text
    assert "in the name of MJ12bot 4 0 gone" in text
    assert "in the name of GPTBot ✕ impostor 2 0 gone" in text


def test_the_first_screen_says_who_broke_robots_txt_and_accuses_nobody_unverified(page):
    text = page.sections["card-broke"]
    assert "3 violations" in text
    assert "GPTBot ✓ verified 2 requests" in text
    assert "in the name of MJ12bot ? not verified 1 request" in text


def test_the_row_of_a_robot_opens_to_its_evidence(page):
    text = page.sections["robots"]
    assert "range openai-gptbot 2027-02-01 2 hosts, 236 requests" in text
    assert "/private/ , line 2 of robots.txt 2027-01-01 2 requests" in text
    assert "203.0.113.1 231 14 0" in text
    assert "GPTBot/1.0" in text
    assert "obeys robots.txt" in text


def test_reasons_of_several_dates_are_one_with_all_their_dates():
    reasons = ("range a 2027-02-01", "range a 2027-01-31 and 2027-02-03", "no list of 2027-02")
    audit = make_audit([visit(day, reason=reason) for day, reason in enumerate(reasons)])
    text = read(audit).sections["robots"]
    assert "range a 2027-01-31 to 2027-02-03 (3 dates) 1 host, 2 requests" in text
    assert "no list 2027-02 1 host, 1 request" in text


def test_what_is_no_violation_is_counted_apart(page):
    assert "1 disallowed, but robots.txt had never been served" in page.sections["robots"]


def test_a_violation_has_its_rule_the_line_of_it_and_the_line_of_the_log(page):
    text = page.sections["violations"]
    assert "GET /private/a 200 /private/ line 2 2027-01-01" in text
    assert "access.log, byte 1234" in text
    assert "in the name of MJ12bot 192.0.2.1 GET /old/ 200 /old line 7" in text


def test_impostors_and_undeclared_hosts_have_their_reasons_and_user_agents(page):
    assert "192.0.2.66 GPTBot 2" in page.sections["impostors"]
    assert "not in range openai-gptbot 2027-02-05" in page.sections["impostors"]
    assert "192.0.2.77 6 2 1" in page.sections["undeclared"]
    assert "Firefox/140.0" in page.sections["undeclared"]
    assert "people may look at the file" in page.sections["undeclared"]


def test_robots_that_never_asked_are_named_unless_only_impostors_of_them_were_seen(page):
    text = page.sections["never-asked"]
    assert "in the name of Bytespider" in text
    assert "in the name of MJ12bot" in text
    assert "GPTBot" not in text


def test_what_explains_that_a_robot_never_asked_is_said():
    audit = make_audit(
        [
            visit(0, robot="Googlebot", robots_txt_requests=1),
            visit(0, robot="Googlebot-Image"),
            visit(0, robot="ChatGPT-User"),
            visit(0, robot="Bytespider"),
        ]
    )
    text = read(audit).sections["never-asked"]
    assert re.search(r"Googlebot-Image .* may use the copies of Googlebot, which asked", text)
    assert re.search(r"ChatGPT-User .* fetches pages because a user asks", text)
    assert re.search(r"Bytespider \? not verified not known other 1 –", text)


def test_the_damaged_logs_come_first(page):
    text = page.sections["logs"]
    assert "1 log is damaged" in text
    assert text.index("b.log.gz") < text.index("a.log 500 B")
    assert "unexpected end" in text


def test_the_basis_has_the_policies_with_their_gaps_and_the_lists_with_their_days(page):
    text = page.sections["basis"]
    assert "2027-01-01 2027-02-03 12:30 first.txt" in text
    assert "2027-02-03 12:30 2027-02-05 not known" in text
    assert "2027-02-05 the end second.txt" in text
    assert "openai-gptbot 2 2027-01-01 2027-02-01" in text
    assert "In the gaps between the robots.txt files given, nobody is judged." in text
    assert "No way is known to verify Bytespider, MJ12bot" in text
    assert "A user agent is a claim that anybody can make." in text


def test_without_a_robots_txt_nobody_is_judged():
    page = read(make_audit([visit()], policies=[]))
    assert "Nobody is judged" in page.sections["card-broke"]
    assert "because the audit was not given" in page.sections["violations"]


def test_without_a_violation_nobody_broke_robots_txt():
    page = read(make_audit([visit()]))
    assert "Nobody" in page.sections["card-broke"]
    assert "0 violations" not in page.sections["card-broke"]


def test_a_share_is_not_invented_where_only_some_requests_count():
    audit = make_audit(
        [visit()],
        request_filter=make_filter(vhosts=["www.example.org"]),
        counts={"lines": 9, "other_lines": 8, "blank_lines": 0, "rejects": 0},
    )
    text = read(audit).sections["card-share"]
    assert "share is not known" in text
    assert "%" not in text


def test_an_unfinished_last_day_is_left_out_of_the_comparison():
    morning = datetime(2027, 2, 5, 5, 30, tzinfo=UTC)
    visits = [visit(day) for day in range(4)] + [visit(4) | {"last_seen": morning}]
    text = read(make_audit(visits)).sections["card-changed"]
    assert "Last 2 days (2027-02-03 to 2027-02-04) against the 2 before" in text
    assert "2027-02-05 is left out: its last request is of 05:30" in text


def test_one_day_is_compared_with_nothing():
    text = read(make_audit([visit()])).sections["card-changed"]
    assert "do not have two complete days" in text


def test_an_audit_without_robots_is_a_page():
    page = read(make_audit([]))
    assert "No robot was seen" in page.sections["robots"]
    assert "traffic" not in page.sections


def test_rows_beyond_the_limits_are_summed_up():
    visits = [visit(0, f"192.0.2.{n}", "Abot", requests=n) for n in range(1, 31)]
    visits += [visit(0, robot=f"B{n}bot", requests=1) for n in range(9)]
    page = read(make_audit(visits), limits=LIMITS._replace(robots=4, hosts=5))
    assert "and 6 more robots, 6 requests" in page.sections["robots"]
    assert f"and 25 more hosts, {sum(range(1, 26))} requests" in page.sections["robots"]


@pytest.mark.slow
def test_a_page_that_would_be_too_large_has_fewer_rows():
    visits = [visit(0, robot=f"{'&' * 60}{n}bot", requests=1) for n in range(150)]
    large = render_page(make_audit(visits))
    small = render_page(make_audit(visits), max_bytes=len(large) // 2)
    assert len(small) <= len(large) // 2
    assert "more robots" in Page(small).sections["robots"]
    assert "more robots" not in Page(large).sections["robots"]


def test_a_page_of_a_host_table_names_the_path_that_was_counted():
    audit = make_audit([visit()], request_filter=make_filter("/sitemap.xml"), policies=[])
    text = read(audit, is_audit=False).sections["card-share"]
    assert "Who asked for sitemap.xml" in text


def test_the_basis_says_which_requests_count():
    audit = make_audit([visit()], request_filter=make_filter(since="2027-01-01"))
    text = read(audit).sections["basis"]
    assert "Counted requests of robots since 2027-01-01 00:00:00" in text


def test_days_of_all_centuries_have_a_page():
    visits = [visit(-20_000), visit(0), visit(2_900_000)]
    page = read(make_audit(visits))
    assert "1972-04-30" in page.sections["basis"] + page.sections["robots"]
    assert "mean of" in page.sections["traffic"]


def test_equal_audits_give_equal_pages():
    visits = [visit(day, f"192.0.2.{day}") for day in range(5)]
    assert render_page(make_audit(visits)) == render_page(make_audit(visits))


def test_a_page_of_a_host_table_says_that_it_has_less():
    audit = make_audit([visit(robots_txt_requests=1)], policies=[])
    page = read(audit, is_audit=False)
    assert "A host table has no other requests" in page.sections["card-share"]
    assert "Counted requests for /robots.txt" in page.sections["basis"]
    assert "nobody is judged" not in page.sections["basis"]
    assert {"violations", "never-asked", "traffic", "card-changed"}.isdisjoint(page.sections)


# A page that loads nothing and runs nothing but its own script


def test_the_policy_allows_the_one_style_sheet_and_the_one_script_and_nothing_else():
    page = render_page(make_audit([visit()])).decode()
    digests = {
        name: b64encode(sha256(page.partition(f"<{name}>")[2].partition(f"</{name}>")[0].encode())
        .digest()).decode()
        for name in ("style", "script")
    }  # fmt: skip
    assert Page(page).content["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'sha256-{digests['style']}'; "
        f"script-src 'sha256-{digests['script']}'; base-uri 'none'; form-action 'none'"
    )
    assert page.count("<script") == page.count("<style") == 1


def test_the_page_links_only_to_its_own_parts_and_to_the_pages_of_operators(page):
    for name, value in page.links:
        assert name == "href"
        assert value.startswith(("#", "https://"))


TEXTS = st.text(min_size=1, max_size=40) | st.sampled_from(
    (
        *("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'onmouseover='alert(1)"),
        *("</style><script>alert(1)</script>", "{{ 7 * 7 }}{% raw %}", "javascript:alert(1)"),
        *("-->]]><svg/onload=alert(1)>", "\u202egnp.exe", "\x1b[2J\x00\x07", "&lt;b&gt;"),
    )
)


def page_of(host, agent, path, robot):
    return render_page(
        make_audit(
            [
                visit(0, host=host, robot=robot, violations=1, user_agents=[agent]),
                visit(0, host=host, robot="", user_agents=[agent], reason=agent),
                visit(0, host=host, robot=robot, verdict="impostor", reason=path),
            ],
            [violation(host=host, robot=robot, target=path, rule=path, method=agent, source=agent)],
            [{"source": path, "damage": agent}],
            policies=[["", "", path]],
            notes=[agent],
        )
    )


PLAIN = Page(page_of("192.0.2.1", "Mozilla", "/path", "Zbot")).elements


@at_most(50)
@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_no_text_changes_the_elements_of_the_page(host, agent, path, robot):
    page = Page(page_of(host, agent, path, robot))
    assert page.elements == PLAIN
    assert all(value.startswith(("#", "https://")) for _, value in page.links)


@at_most(50)
@given(TEXTS)
def test_no_text_has_a_control_character_on_the_page(text):
    page = page_of(text, text, text, text).decode()
    assert all(letter == "\n" or letter.isprintable() for letter in page)


def test_without_jinja_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingJinjaError, match=r"pip install 'findrobots\[report\]'"):
        render_page(make_audit([]))
