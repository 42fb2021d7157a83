"""Lists are fetched from a server on loopback that answers well, badly, or not at all."""

import errno
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import date, timedelta
from threading import Event

import pytest
import stamina
from findrobots.errors import OutputError
from findrobots.jobs import download as downloads
from findrobots.jobs.download import DownloadError, download
from findrobots.jobs.lists import FetchLimits, ListUpdate, update_lists
from findrobots.robots.prefixes import MAX_BYTES
from findrobots.robots.published import PublishedList
from findrobots.robots.ranges import load_lists
from support.https import https_server, write_certificate
from support.servers import free_port, http_server

TODAY = date(2026, 11, 24)
YESTERDAY = TODAY - timedelta(1)
LIMITS = FetchLimits(timeout=10, seconds=30)  # seconds, also of a busy machine
GOOD = json.dumps({"prefixes": [{"ipv4Prefix": f"8.8.{n}.0/24"} for n in range(8)]}).encode()
ENDLESS = b"8.8.8.8\n" * 8192


def good(handler):
    handler.answer(GOOD)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return write_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(autouse=True)
def environment(certificate, monkeypatch):
    """Trust the server's certificate alone, use no proxy, and try only once."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    monkeypatch.setenv("no_proxy", "*")
    with stamina.set_testing(testing=True, attempts=1):
        yield


@pytest.fixture
def serve(certificate):
    """Serve routes; the server."""
    return lambda routes: https_server(routes, *certificate)


def published(name, *urls):
    return PublishedList(name, "Example", urls, "https://bot.example/", "", TODAY)


def write(directory, name, file, content=GOOD):
    folder = directory / name
    folder.mkdir(exist_ok=True, parents=True)
    (folder / file).write_bytes(content)
    return folder / file


def contents(directory):
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def update_one(directory, server, path="/bot.json", limits=LIMITS):
    (done,) = update_lists(
        directory, [published("bot", f"{server.url}{path}")], day=TODAY, limits=limits
    )
    return done


def test_a_list_is_kept_as_it_is_published(serve, tmp_path):
    with serve({"/bot.json": good}) as server:
        done = update_one(tmp_path / "new" / "lists", server)
    assert done == ListUpdate("bot", TODAY, 8)
    assert contents(tmp_path / "new" / "lists") == {"bot/2026-11-24.json": GOOD}
    assert "8.8.7.255" in load_lists(tmp_path / "new" / "lists").nearest("bot", TODAY)[0]


def test_text_is_kept_as_text_and_its_parts_are_joined(serve, tmp_path):
    routes = {
        "/ipv4": lambda handler: handler.answer(b"8.8.8.8", Content_Type="text/plain"),
        "/ipv6": lambda handler: handler.answer(b"2600::1\n", Content_Type="text/plain"),
    }
    with serve(routes) as server:
        lists = [published("bot", f"{server.url}/ipv4", f"{server.url}/ipv6")]
        (done,) = update_lists(tmp_path, lists, day=TODAY, limits=LIMITS)
    assert (done.prefixes, done.failure) == (2, "")
    assert contents(tmp_path) == {"bot/2026-11-24.txt": b"8.8.8.8\n2600::1\n"}


def test_each_day_is_kept_and_what_changed_is_counted(serve, tmp_path):
    old = {"prefixes": [{"ipv4Prefix": f"8.8.{n}.0/24"} for n in range(2, 9)]}
    path = write(tmp_path, "bot", f"{YESTERDAY}.json", json.dumps(old).encode())
    before = path.read_bytes()
    with serve({"/bot.json": good}) as server:
        assert update_one(tmp_path, server) == ListUpdate("bot", TODAY, 8, added=2, removed=1)
        assert update_one(tmp_path, server) == ListUpdate("bot", TODAY, 8, added=0, removed=0)
    assert contents(tmp_path) == {f"bot/{YESTERDAY}.json": before, f"bot/{TODAY}.json": GOOD}


def test_the_snapshot_is_what_the_first_list_is_compared_with(serve, tmp_path):
    with serve({"/bing": good}) as server:
        lists = [published("bing", f"{server.url}/bing")]
        (done,) = update_lists(tmp_path, lists, day=TODAY, limits=LIMITS)
    assert (done.added, done.removed) == (8, 28)


def test_a_list_of_the_same_day_is_replaced_in_whatever_form(serve, tmp_path):
    write(tmp_path, "bot", f"{TODAY}.json")
    text = {"/bot.json": lambda handler: handler.answer(b"8.8.8.0/24\n" * 4 + b"8.8.4.4\n" * 4)}
    with serve(text) as server:
        assert update_one(tmp_path, server).prefixes == 2
    assert [*contents(tmp_path)] == [f"bot/{TODAY}.txt"]


def test_fewer_than_half_of_the_last_list_is_kept_with_a_warning(serve, tmp_path):
    write(tmp_path, "bot", f"{YESTERDAY}.json")
    some = {f"/{count}": answer_prefixes(count) for count in (3, 4)}
    with serve(some) as server:
        assert update_one(tmp_path, server, "/4").warning == ""
        (tmp_path / "bot" / f"{TODAY}.json").unlink()
        done = update_one(tmp_path, server, "/3")
    assert done.prefixes == 3
    assert done.warning == f"it has 3 prefixes, fewer than half of the 8 of {YESTERDAY}"
    assert len(load_lists(tmp_path).read("bot", TODAY).prefixes) == 3


def answer_prefixes(count):
    body = json.dumps({"prefixes": [{"ipv4Prefix": f"8.8.{n}.0/24"} for n in range(count)]})
    return lambda handler: handler.answer(body.encode())


def test_a_damaged_list_before_it_is_reported_and_does_not_hinder(serve, tmp_path):
    write(tmp_path, "bot", f"{YESTERDAY}.json", b"{")
    with serve({"/bot.json": good}) as server:
        done = update_one(tmp_path, server)
    assert (done.prefixes, done.added, done.failure) == (8, None, "")
    assert f"{YESTERDAY}.json: Not an address list" in done.warning


def test_a_list_without_a_url_is_skipped(tmp_path):
    assert update_lists(tmp_path, [published("amazon")], day=TODAY, limits=LIMITS) == []


def redirect(place, status=302):
    return lambda handler: handler.answer(status=status, Location=place)


def break_off(handler):
    handler.answer(GOOD[:50], Content_Length=str(len(GOOD)))


def break_off_chunked(handler):
    handler.answer(b"40\r\n" + GOOD[:50], Content_Length=None, Transfer_Encoding="chunked")


def say_too_little(handler):
    handler.answer(GOOD, Content_Length="50")


def break_off_gzip(handler):
    handler.answer(gzip.compress(GOOD)[:-20], Content_Encoding="gzip")


def endless(handler):
    handler.answer(Content_Length=None)
    while True:
        handler.wfile.write(ENDLESS)


def gzip_bomb(handler):
    handler.answer(gzip.compress(bytes(40_000_000), 1), Content_Encoding="gzip")


def dripping(handler):
    handler.answer(Content_Length=None)
    for _ in range(200):
        handler.wfile.write(b"8.8.8.8\n")
        time.sleep(0.05)


def hang_up(handler):
    handler.connection.close()


FAILURES = {
    "missing": (lambda handler: handler.answer(b"{}", 404), "HTTP status 404"),
    "fails": (lambda handler: handler.answer(b"{}", 500), "HTTP status 500"),
    "partial": (lambda handler: handler.answer(GOOD, 206), "HTTP status 206"),
    "html": (lambda handler: handler.answer(b"<html>Are you a robot?</html>"), "it is HTML or XML"),
    "empty": (lambda handler: handler.answer(), "it contains no prefix"),
    "no-prefixes": (lambda handler: handler.answer(b'{"prefixes": []}'), "it contains no prefix"),
    "error": (lambda handler: handler.answer(b'{"error": 1}'), "it has none of the keys prefixes"),
    "binary": (lambda handler: handler.answer(bytes(range(256))), "it is not UTF-8"),
    "private": (lambda handler: handler.answer(b"8.8.8.8\n192.168.1.0/24"), "192.168.1.0/24"),
    "everything": (lambda handler: handler.answer(b"0.0.0.0/0"), "0.0.0.0/0, which is wider"),
    "to-http": (redirect("http://127.0.0.1:9/list.json"), "which is not HTTPS"),
    "to-file": (redirect("file:///etc/hosts"), "it redirects to"),
    "loop": (redirect("/loop"), "it redirects too often"),
    "breaks-off": (break_off, "the answer broke off"),
    "breaks-off-chunked": (break_off_chunked, "the answer broke off"),
    "breaks-off-gzip": (break_off_gzip, "the answer broke off"),
    "says-too-little": (say_too_little, "it is not complete JSON"),
    "no-gzip": (
        lambda handler: handler.answer(GOOD, Content_Encoding="gzip"),
        "it is not gzip, as which it is declared",
    ),
    "brotli": (lambda handler: handler.answer(GOOD, Content_Encoding="br"), "encoded as br"),
    "endless": (endless, f"it has more than {MAX_BYTES:,} bytes"),
    "bomb": (gzip_bomb, f"it has more than {MAX_BYTES:,} bytes"),
    "hangs-up": (hang_up, ""),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_list_that_cannot_be_fetched_is_reported_and_the_others_are_kept(serve, tmp_path, name):
    answer, reason = FAILURES[name]
    write(tmp_path, "bad", f"{YESTERDAY}.json")
    earlier = contents(tmp_path)
    with serve({"/good": good, f"/{name}": answer}) as server:
        lists = [published("bad", f"{server.url}/{name}"), published("good", f"{server.url}/good")]
        bad, kept = update_lists(tmp_path, lists, day=TODAY, limits=LIMITS)
    assert bad.failure
    assert reason in bad.failure
    assert (bad.day, bad.prefixes) == (YESTERDAY, 8)
    assert kept == ListUpdate("good", TODAY, 8)
    assert contents(tmp_path) == earlier | {f"good/{TODAY}.json": GOOD}


def test_redirects_over_https_are_followed_and_compression_is_undone(serve, tmp_path):
    def compressed(handler):
        handler.answer(gzip.compress(GOOD), Content_Encoding="gzip", Content_Type="text/html")

    routes = {
        "/bot.json": redirect("/second", 301),
        "/second": redirect("/third", 308),
        "/third": compressed,
    }
    with serve(routes) as server:
        assert update_one(tmp_path, server).prefixes == 8
        assert server.requests == ["/bot.json", "/second", "/third"]
    assert contents(tmp_path) == {f"bot/{TODAY}.json": GOOD}


def test_a_redirect_leads_to_no_http_server(serve, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "list.json").write_bytes(GOOD)
    with (
        http_server(tmp_path / "site") as elsewhere,
        serve({"/bot.json": redirect(f"{elsewhere}/list.json")}) as server,
    ):
        done = update_one(tmp_path / "lists", server)
    assert "which is not HTTPS" in done.failure
    assert contents(tmp_path / "lists") == {}


def test_a_silent_server_is_not_waited_for(serve, tmp_path):
    def silent(handler):
        released.wait(10)
        handler.answer(GOOD)

    released = Event()
    with serve({"/bot.json": silent}) as server:
        done = update_one(tmp_path, server, limits=FetchLimits(timeout=0.3, seconds=30))
        released.set()
    assert done.failure == "no answer within 0.3 s"


def test_an_answer_that_drips_ends_at_the_deadline(serve, tmp_path):
    limits = FetchLimits(timeout=10, seconds=0.6)
    began = time.monotonic()
    with serve({"/bot.json": dripping}) as server:
        done = update_one(tmp_path, server, limits=limits)
    assert done.failure in {"the answer takes too long", "no answer within 0.6 s"}
    assert time.monotonic() - began < 5


def test_headers_that_drip_end_at_the_deadline(serve, tmp_path):
    def drip(handler):
        for _ in range(100):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Wait: 1\r\n"[:1])
            time.sleep(0.05)

    began = time.monotonic()
    with serve({"/bot.json": drip}) as server:
        done = update_one(tmp_path, server, limits=FetchLimits(timeout=10, seconds=0.6))
    assert done.failure == "no answer within 0.6 s"
    assert time.monotonic() - began < 4


def test_a_server_that_is_not_there_is_reported(tmp_path):
    lists = [published("bot", f"https://127.0.0.1:{free_port()}/bot.json")]
    (done,) = update_lists(tmp_path, lists, day=TODAY, limits=LIMITS)
    assert done == ListUpdate("bot", None, failure="Connection refused")


def test_a_certificate_that_is_not_trusted_is_refused(serve, tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(write_certificate(other)[0]))
    with serve({"/bot.json": good}) as server:
        done = update_one(tmp_path / "lists", server)
    assert done.failure.startswith("its certificate is not valid: ")
    assert server.requests == []


def test_only_https_is_fetched():
    with pytest.raises(DownloadError, match="not HTTPS"):
        download("http://127.0.0.1:9/", max_bytes=1, timeout=1, deadline=time.monotonic() + 1)


def test_a_transient_error_is_retried_and_a_refusal_is_not(serve, tmp_path):
    answers = iter([(b"", 503), (b"", 500), (GOOD, 200)])
    routes = {
        "/bot.json": lambda handler: handler.answer(*next(answers)),
        "/missing": lambda handler: handler.answer(b"", 404),
    }
    with stamina.set_testing(testing=True, attempts=3), serve(routes) as server:
        assert update_one(tmp_path, server).prefixes == 8
        assert update_one(tmp_path, server, "/missing").failure == "HTTP status 404"
        assert server.requests == ["/bot.json"] * 3 + ["/missing"]


def test_the_server_learns_who_asks(serve, tmp_path):
    agents = []

    def note(handler):
        agents.append(handler.headers["User-Agent"])
        handler.answer(GOOD)

    with serve({"/bot.json": note}) as server:
        update_one(tmp_path, server)
    assert agents == [downloads.USER_AGENT]
    assert agents[0].startswith("findrobots/")


def test_a_directory_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Cannot write"):
        update_lists(tmp_path / "file" / "lists", [], day=TODAY, limits=LIMITS)


def test_an_error_of_the_disk_leaves_the_earlier_files(serve, tmp_path, monkeypatch):
    write(tmp_path, "bot", f"{TODAY}.json", b"8.8.8.8")
    earlier = contents(tmp_path)

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with serve({"/bot.json": good}) as server, pytest.raises(OutputError, match="No space left"):
        update_one(tmp_path, server)
    assert contents(tmp_path) == earlier


# The command on a table of its own, which is the first argument; the day is the real one.
COMMAND = """
import sys
from pathlib import Path
from findrobots.robots import published
published.TABLE = Path(sys.argv.pop(1))
from findrobots.cli.main import main
main()
"""


@contextmanager
def command(tmp_path, server, names, *arguments, **options):
    """Run the command on lists of these names, each at /NAME."""
    table = tmp_path / "lists.csv"
    rows = [f"{name},Example,{server.url}/{name},https://bot.example/,,{TODAY}" for name in names]
    table.write_text("\n".join(["name,operator,urls,docs,note,checked", *rows]))
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(table), "lists", *arguments],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    ) as process:
        yield process


def run(*arguments, **options):
    with command(*arguments, **options) as process:
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err


@pytest.mark.slow
def test_the_command_fetches_all_and_prints_what_changed(serve, tmp_path):
    with serve({"/bing": good, "/bot": good}) as server:
        status, out, err = run(tmp_path, server, ["bing", "bot"], "update", "--lists", "kept")
    assert status == 0
    day = next((tmp_path / "kept" / "bot").iterdir()).stem
    assert [line.split() for line in out.splitlines()] == [
        ["name", "day", "prefixes", "change"],
        ["bing", day, "8", "+8", "-28"],
        ["bot", day, "8", "new"],
    ]
    assert "warning: bing: it has 8 prefixes, fewer than half of the 28 of 2026-09-02" in err
    assert err.endswith("2 of 2 lists fetched into kept\n")


@pytest.mark.slow
def test_the_default_place_is_the_users_data_directory(serve, tmp_path):
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data")}
    with serve({"/bot": good}) as server:
        assert run(tmp_path, server, ["bot"], "update", env=environment)[0] == 0
        status, out, err = run(tmp_path, server, ["bot"], env=environment)
    assert status == 0
    assert len(contents(tmp_path / "data" / "findrobots" / "lists")) == 1
    rows = {line.split()[0]: line for line in out.splitlines()}
    assert rows["bot"].split()[1:3] == ["Example", "1"]
    assert err.startswith(f"Lists in {tmp_path}/data/findrobots/lists")


@pytest.mark.slow
def test_the_directory_may_be_named_before_the_command(serve, tmp_path):
    with serve({"/bot": good}) as server:
        assert run(tmp_path, server, ["bot"], "--lists", "kept", "update")[0] == 0
        status, out, _ = run(tmp_path, server, ["bot"], "--lists", "kept")
    assert status == 0
    assert "\nbot " in out
    assert "\nbing " in out


@pytest.mark.slow
def test_the_status_is_3_if_some_list_cannot_be_fetched(serve, tmp_path):
    page = {"/bad": lambda handler: handler.answer(b"<html>\x1b[2J</html>"), "/bot": good}
    with serve(page) as server:
        status, out, err = run(tmp_path, server, ["bad", "bot"], "update", "--lists", "kept")
    assert status == 3
    assert "bad " in out
    assert "failed: it is HTML or XML" in out
    assert "findrobots: warning: bad not fetched: it is HTML or XML\n" in err
    assert err.endswith("1 of 2 lists fetched into kept\n")


@pytest.mark.slow
def test_the_status_is_1_if_no_list_can_be_fetched(serve, tmp_path):
    with serve({"/bad": lambda handler: handler.answer(b"8.8.\x1b[2J8\n")}) as server:
        status, out, err = run(tmp_path, server, ["bad"], "update", "--lists", "kept")
    assert status == 1
    assert "None of 1 address lists could be fetched" in err
    assert "\x1b" not in out + err
    assert contents(tmp_path / "kept") == {}


def test_a_damaged_list_is_named_by_the_command(serve, tmp_path):
    path = write(tmp_path / "kept", "bot", "2026-10-01.json", b"{")
    with serve({}) as server:
        status, _, err = run(tmp_path, server, ["bot"], "--lists", "kept")
    assert status == 1
    assert f"findrobots: kept/{path.relative_to(tmp_path / 'kept')}: Not an address list" in err


def test_a_named_directory_without_lists_is_an_error_of_the_command(serve, tmp_path):
    with serve({}) as server:
        status, _, err = run(tmp_path, server, ["bot"], "--lists", "nowhere")
    assert status == 1
    assert err.startswith("findrobots: --lists: nowhere: No address lists")
    assert "findrobots lists update --lists DIR" in err


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_killed_leaves_the_earlier_lists(serve, tmp_path, number):
    earlier = {f"kept/bot/{YESTERDAY}.json": GOOD}
    write(tmp_path / "kept", "bot", f"{YESTERDAY}.json")
    asked = Event()
    go_on = Event()

    def wait(handler):
        asked.set()
        go_on.wait(20)
        handler.answer(GOOD)

    with serve({"/bot": good, "/slow": wait}) as server:
        arguments = (tmp_path, server, ["bot", "slow"], "update", "--lists", "kept")
        with command(
            *arguments,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        ) as process:
            assert asked.wait(20)
            process.send_signal(number)
            process.communicate(timeout=20)
        go_on.set()
        assert process.returncode != 0
        (tmp_path / "lists.csv").unlink()
        assert contents(tmp_path) == earlier
        assert run(*arguments)[0] == 0
    assert len(contents(tmp_path / "kept")) == 3


def test_the_help_needs_neither_arrow_nor_the_network_libraries():
    code = (
        "import sys; from findrobots.cli.main import cli\n"
        "cli.main(['lists', '--help'], standalone_mode=False)\n"
        "assert not {'pyarrow', 'ssl', 'urllib.request'} & sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
