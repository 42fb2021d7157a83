"""The command report, and its page in a real browser."""

import re

import pytest
from support.audited_site import SITE, all_requests, write_site
from support.browser import axe_script, chromium
from support.hostile import FORMULAS, LURES, MARKUP, NASTY
from support.pages import Page
from support.samples import combined, write_logs

pytestmark = pytest.mark.slow

HOSTILE = (*NASTY, *FORMULAS, *LURES, *MARKUP)
WIDTHS = (360, 900, 1600)


@pytest.fixture(scope="module")
def audited(tmp_path_factory, run_commands):
    """The directory with the audit of a site whose robots' conduct is known, and its page."""
    folder = tmp_path_factory.mktemp("audited")
    logs, policies, lists = write_site(folder, all_requests())
    options = ("--robots", policies, "--lists", lists, "--vhost", SITE)
    done = run_commands(
        folder, "audit", logs, *options, "-o", "audit", "--report", "in-one-go.html"
    )
    assert done.returncode == 0, done.stderr
    done = run_commands(folder, "report", "audit")
    assert (done.returncode, done.stderr) == (0, "report.html written\n")
    return folder


def as_logged(text):
    """Write a text as Apache does within quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return re.sub(r"[\n\r]", r"\\n", escaped)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, run_commands):
    """The page of logs of which every text is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "robots.txt").write_text("User-agent: *\nDisallow: /private/\n")
    log = folder / f"a{MARKUP[3].replace('/', '')}\u202e.log"
    rows = [combined(host="192.0.2.1", user_agent="MJ12bot/1.0")]
    for number, text in enumerate(HOSTILE):
        time = f"01/Sep/2026:10:{number % 60:02}:07 +0000"
        dense = re.sub(r"[\s\"\\]", "", text)
        agents = (text, f"MJ12bot/1.0 {text}", f"{text}bot/2.0 (+http://{dense})", f"{dense}bot")
        for agent in map(as_logged, agents):
            rows += [
                combined(host="192.0.2.1", request=f"GET /private/{dense} HTTP/1.1", time=time)
                .replace(b"Abot/1", agent.encode("utf-8", "surrogateescape")),
                combined(host=f"h{dense}", time=time, user_agent=agent),
            ]  # fmt: skip
    log.write_bytes(b"\n".join(rows) + b"\n")
    done = run_commands(
        folder, "audit", log, "--robots", "robots.txt", "--report", "page.html", "-q"
    )
    assert done.returncode == 0, done.stderr
    return folder / "page.html"


@pytest.fixture
def path(request):
    """One of the two pages, by the name of its fixture."""
    made = request.getfixturevalue(request.param)
    return made / "report.html" if made.is_dir() else made


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture
def visit(browser):
    """Open a page; whatever runs, fails or is requested beyond it fails the test."""
    contexts, incidents = [], []

    def open_page(path, width=1600, **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("dialog", lambda dialog: (incidents.append(dialog.message), dialog.dismiss()))
        page.on("console", lambda message: incidents.append(message.text))
        page.on("pageerror", lambda error: incidents.append(str(error)))
        page.on("popup", lambda other: incidents.append(other.url))
        page.on(
            "request",
            lambda request: request.url == path.as_uri() or incidents.append(request.url),
        )
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert incidents == []


def names(page):
    """Return the names of the robots that are shown, in their order."""
    return [
        row.inner_text().replace("\n", " ").strip()
        for row in page.locator("#robots-table > tbody:visible > .main > th").all()
    ]


def column(page, heading):
    """Return the shown values of a column of numbers of the robots' table."""
    index = page.locator("#robots-table > thead th").evaluate_all(
        "(cells, name) => cells.findIndex(cell => cell.innerText.includes(name))", heading
    )
    cells = page.locator(f"#robots-table > tbody:visible > .main > :nth-child({index + 1})")
    return [int(cell.get_attribute("data-value")) for cell in cells.all()]


# The command


def test_audit_and_report_write_the_same_page(audited):
    page = (audited / "report.html").read_bytes()
    assert page == (audited / "in-one-go.html").read_bytes()
    assert not [*audited.glob(".*")]


def test_a_page_goes_to_standard_output(audited, run_commands):
    done = run_commands(audited, "report", "audit", "-o", "-")
    assert done.stdout.encode() == (audited / "report.html").read_bytes()


def test_a_host_table_has_a_page_with_less_on_it(tmp_path, run_command):
    logs = write_logs(tmp_path / "logs")
    run_command("scan", logs, "-o", "robots.parquet", "-q")
    done = run_command("report", "robots.parquet", "-o", "page.html")
    assert done.stderr == "page.html written\n"
    page = Page((tmp_path / "page.html").read_bytes())
    assert "6 requests for robots.txt by" in page.sections["card-share"]
    assert "Abot" in page.sections["robots"]
    run_command("scan", logs, "-o", "shards", "--shards", "3", "-q")
    run_command("report", "shards", "-o", "shards.html")
    assert (
        Page((tmp_path / "shards.html").read_bytes()).sections["robots"]
        == (page.sections["robots"])
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("report", "audit", "-o", "page.parquet"), "the output is an HTML page"),
        (("report", "audit", "-o", "nowhere/page.html"), "its directory does not exist"),
        (("report", "nothing"), "nothing: Not a findrobots table"),
        (("audit", "logs", "--report", "page.csv"), "the output is an HTML page"),
    ],
)
def test_what_cannot_be_written_or_read_is_refused(audited, run_commands, arguments, reason):
    done = run_commands(audited, *arguments)
    assert done.returncode != 0
    assert reason in done.stderr


# The page in a browser


def test_the_robots_with_most_requests_come_first_and_any_column_sorts(visit, audited):
    page = visit(audited / "report.html")
    before = column(page, "Requests")
    assert before == sorted(before, reverse=True)
    heading = page.locator("#robots-table > thead th", has_text="Requests")
    assert heading.get_attribute("aria-sort") == "descending"
    heading.get_by_role("button").click()
    assert column(page, "Requests") == sorted(before)
    assert heading.get_attribute("aria-sort") == "ascending"
    page.get_by_role("button", name="Violations", exact=True).first.click()
    violations = column(page, "Violations")
    assert violations == sorted(violations, reverse=True)
    assert heading.get_attribute("aria-sort") is None
    page.get_by_role("button", name="Robot", exact=True).first.click()
    shown = [name.removeprefix("in the name of ") for name in names(page)]
    assert shown == sorted(shown, key=str.lower)


def test_the_robots_are_filtered_by_words_and_by_verdict(visit, audited):
    page = visit(audited / "report.html")
    form = page.get_by_role("search", name="Filter the robots")
    everything = names(page)
    form.get_by_label("Filter").fill("majestic 198.51")
    assert names(page) == ["in the name of MJ12bot"]
    assert form.get_by_role("status").inner_text() == f"1 of {len(everything)} shown"
    form.get_by_label("Filter").fill("")
    form.get_by_label("Verdict").select_option("verified")
    assert {*names(page)} == {"GPTBot", "ChatGPT-User"}
    form.get_by_label("Purpose").select_option("ai-user")
    assert names(page) == ["ChatGPT-User"]
    form.get_by_label("Filter").fill("nothing has this")
    assert names(page) == []


def test_a_row_opens_to_its_evidence_by_mouse_and_by_keyboard(visit, audited):
    page = visit(audited / "report.html")
    opener = page.get_by_role("button", name="GPTBot", exact=True)
    details = page.locator(f"#{opener.get_attribute('aria-controls')}")
    assert not details.is_visible()
    opener.click()
    assert details.is_visible()
    assert opener.get_attribute("aria-expanded") == "true"
    assert "/private/b?c=1" in details.inner_text()
    assert "203.0.113.2" in details.inner_text()
    opener.focus()
    page.keyboard.press("Enter")
    assert not details.is_visible()
    page.keyboard.press("Space")
    assert details.is_visible()


def test_the_page_is_dark_as_the_system_has_it_and_as_the_button_has_it(visit, audited):
    def brightness(page):
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)[:3]))

    for system, other in (("light", "dark"), ("dark", "light")):
        page = visit(audited / "report.html", color_scheme=system)
        button = page.get_by_role("button", name="Dark mode")
        assert (brightness(page) > 380) == (system == "light")
        assert button.get_attribute("aria-pressed") == str(system == "dark").lower()
        button.click()
        assert (brightness(page) > 380) == (other == "light")
        assert button.get_attribute("aria-pressed") == str(other == "dark").lower()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_is_not_wider_than_the_window(visit, audited, width):
    page = visit(audited / "report.html", width=width)
    page.locator("button.open").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # The most important table needs no scrolling either.
    table = page.locator("#robots .scroll")
    assert table.evaluate("box => box.scrollWidth - box.clientWidth") == 0


def test_the_first_screen_has_the_answers_at_once(visit, audited):
    page = visit(audited / "report.html")
    for title in ("How much of", "Whose", "Verified or not", "What changed", "Who broke"):
        box = page.get_by_role("heading", name=title).bounding_box()
        assert box["y"] + box["height"] < 900, title


def test_without_its_script_the_page_shows_all(visit, audited):
    page = visit(audited / "report.html", java_script_enabled=False)
    assert page.locator("#robots-table .details").first.is_visible()
    assert not page.locator("#theme").is_visible()


def test_a_print_has_the_figures_on_white_without_controls(visit, audited):
    page = visit(audited / "report.html", color_scheme="dark")
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation").is_visible()
    assert not page.locator("#theme").is_visible()
    assert page.get_by_role("heading", name="Robots", exact=True).is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.card')).color") == (
        "rgb(27, 37, 48)"
    )


def test_a_hostile_log_runs_nothing_requests_nothing_and_adds_no_element(visit, hostile):
    page = visit(hostile)
    assert page.locator("script").count() == 1
    assert page.locator("style").count() == 1
    strange = "img, iframe, object, embed, base, link, math, video, audio, b, i, template"
    assert page.locator(strange).count() == 0
    assert page.locator("form[action], [onload], [onerror], [onfocus], [style]").count() == 0
    assert page.locator("meta[http-equiv]").count() == 1
    assert page.locator("a:not([href^='#']):not([href^='https://'])").count() == 0
    text = page.locator("#robots").inner_text()
    assert "<script>alert(1)</script>" in page.locator("body").inner_text()
    assert "in the name of" in text
    assert "/private/{{7*7}}" in page.locator("#violations").inner_text()
    for opener in page.locator("button.open").all()[:20]:
        opener.click()
    for heading in page.locator("thead th button:visible").all():
        heading.click()
    page.get_by_role("searchbox").first.fill("<script>alert(1)</script>")
    page.get_by_role("button", name="Dark mode").click()
    page.wait_for_timeout(200)  # for what would run late


def test_a_hostile_log_has_a_small_page_without_control_characters(hostile):
    page = hostile.read_text()
    assert len(page) < 3_000_000
    assert all(letter == "\n" or letter.isprintable() for letter in page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1600])
@pytest.mark.parametrize("path", ["audited", "hostile"], indirect=True)
def test_axe_finds_no_fault(visit, path, width, scheme):
    axe = axe_script()
    page = visit(path, width=width, color_scheme=scheme)
    for opener in page.locator("button.open").all()[:3]:
        opener.click()
    for summary in page.locator("summary").all():
        summary.click()
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    faults = [
        (fault["id"], fault["impact"], fault["nodes"][0]["html"][:200])
        for fault in found["violations"]
    ]
    assert faults == []
