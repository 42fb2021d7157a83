"""Random histories of rotated logs: an oracle knows each line, and the table counts each once."""

import gzip
import os
import signal
import subprocess
import time
from random import Random

import findrobots
import pytest
from support.histories import differences, host_requests, play, steps, update
from support.processes import COMMAND, UNMEASURED, unmeasured
from support.rotation import STYLES, rotate
from support.samples import combined
from support.site import Site
from support.traffic import KINDS, UNDECIDABLE, make_line

QUICK = [(style, KINDS[n % len(KINDS)], n) for n, style in enumerate(STYLES)]
# Kinds of traffic of which a history takes half a second, or a few tenths.
LONG = {"equal_logs", "health_checks", "one_line"}


def assert_counts_once(site, table, *, allowed_if_named=()):
    """Fail if a line was lost or counted twice.

    ``allowed_if_named`` are the logs that updates named, for logs of which the text alone cannot
    show which is which: then a difference is no error.
    """
    counted = host_requests(findrobots.read_hosts(table))
    lost, doubled = differences(site.requests(), counted)
    if not allowed_if_named:
        assert (lost, doubled) == (0, 0)


def play_and_check(folder, style, traffic, seed):
    history = play(folder, style, traffic, seed)
    named = history.named if traffic in UNDECIDABLE else ()
    assert_counts_once(history.site, history.table, allowed_if_named=named)
    return history


@pytest.mark.parametrize(
    ("style", "traffic", "seed"),
    [pytest.param(*row, marks=pytest.mark.slow if row[1] in LONG else ()) for row in QUICK],
)
def test_no_line_is_lost_or_doubled(tmp_path, style, traffic, seed):
    play_and_check(tmp_path, style, traffic, seed)


@pytest.mark.slow
@pytest.mark.parametrize("traffic", KINDS)
@pytest.mark.parametrize("style", STYLES)
def test_no_line_is_lost_or_doubled_in_many_histories(tmp_path, style, traffic):
    for seed in range(100, 102):
        folder = tmp_path / str(seed)
        folder.mkdir()
        play_and_check(folder, style, traffic, seed)


@pytest.mark.parametrize("traffic", [kind for kind in KINDS if kind not in UNDECIDABLE])
@pytest.mark.parametrize("style", ["dateext", "dateext, compress", "dateext, olddir"])
def test_updates_count_what_one_scan_counts(tmp_path, style, traffic):
    history = play(tmp_path, style, traffic, seed=7, days=3)
    assert history.site.counted == history.site.on_disk()
    once = findrobots.scan(history.site.folder, scheduler="sync").hosts
    assert history.counted() == host_requests(once)


def test_the_oracle_agrees_with_a_plain_scan(tmp_path):
    decidable = [each for each in QUICK if each[1] not in UNDECIDABLE]
    for style, traffic, seed in decidable:
        folder = tmp_path / str(seed)
        folder.mkdir()
        site = Site(folder, seed, traffic)
        for _ in steps(site, STYLES[style], Random(seed), days=2):  # noqa: S311 (no secret)
            pass
        for log in site.logs:
            log.finish_line()
        site.close()
        hosts = findrobots.scan(site.folder, scheduler="sync").hosts
        assert host_requests(hosts) == site.requests(site.on_disk())


# Kills


@pytest.mark.slow
@pytest.mark.parametrize("style", ["numbers, compress", "numbers, copytruncate, compress"])
def test_updates_that_are_killed_count_each_line_once(tmp_path, style):
    luck = Random(style)  # noqa: S311 (no secret)
    site, table = Site(tmp_path, 1, "unique_lines"), tmp_path / "table"
    kept, kills = STYLES[style]._replace(rotate=99), 0
    for likely in steps(site, kept, luck, days=6):
        if luck.random() < (0.5 if likely else 0.15):
            killed = kill_an_update(site.folder, table, after=luck.uniform(0.05, 0.3))
            kills += killed
            if luck.random() < 0.5:  # else the rotation goes on after the kill
                update(site.folder, table)
                site.count_all()
            elif killed:
                site.count_perhaps()
            else:
                site.count_all()
    for log in site.logs:
        log.finish_line()
    site.close()
    assert unmeasured("scan", site.folder, "-qo", table, "--update").returncode == 0
    site.count_all()
    counted = host_requests(findrobots.read_hosts(table))
    least, most = site.requests(), site.requests(site.counted | site.perhaps)
    assert kills
    assert (least - counted).total() == 0
    assert (counted - most).total() == 0
    assert {path.name for path in tmp_path.iterdir()} == {"logs", "table"}


def kill_an_update(logs, table, after):
    """Start the command with ``--update`` and kill it; return whether it was killed."""
    process = subprocess.Popen(
        [*COMMAND, "scan", logs, "-qo", table, "--update"],
        env=UNMEASURED,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(after)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait(timeout=30) == -signal.SIGKILL


# The table of the issue: logs that begin alike, rotated and compressed daily, updates in between


def daily(tmp_path, names, day_lines, days):
    """Rotate logs daily, with two updates a day and one amid each; return both counts."""
    logs, table = tmp_path / "logs", tmp_path / "table"
    for day in range(days):
        for part in range(2):
            for number, name in enumerate(names):
                live = logs / name
                live.parent.mkdir(parents=True, exist_ok=True)
                with live.open("ab") as file:
                    file.write(day_lines(number, day)[part])
            update(logs, table)
        for name in names:
            live = logs / name
            for old in range(day, 0, -1):
                live.with_name(f"{live.name}.{old}.gz").rename(
                    live.with_name(f"{live.name}.{old + 1}.gz")
                )
            live.with_name(f"{live.name}.1.gz").write_bytes(gzip.compress(live.read_bytes()))
            live.unlink()
    update(logs, table)
    return total(findrobots.read_hosts(table)), total(findrobots.scan(logs, scheduler="sync").hosts)


def total(hosts):
    return sum(hosts["requests"].to_pylist())


@pytest.mark.slow
def test_load_balanced_servers_with_health_checks_count(tmp_path):
    def day_lines(server, day):
        second = day * 86_400
        checks = b"".join(
            make_line("10.0.0.1", second + 10 * n, "Checker/1.0", path="/health").text
            for n in range(800)
        )
        robots = [
            make_line(f"192.0.{server}.{n}", second + 9000 + n, f"Bot/{server}").text
            for n in range(18)
        ]
        people = make_line("192.0.2.1", second + 9000, "Person", robots=False).text * server
        return checks + people + b"".join(robots[:9]), b"".join(robots[9:])

    names = [f"s{n}/access.log" for n in range(4)]
    assert daily(tmp_path, names, day_lines, days=6) == (432, 432)


@pytest.mark.slow
def test_logs_whose_first_lines_are_one_request_count(tmp_path):
    def day_lines(log, day):
        second = day * 86_400
        first = make_line("192.0.2.1", second, "First/1.0").text
        rest = [
            make_line(f"192.0.{log}.{n}", second + 60 * n + log, "Bot/1.0").text for n in range(3)
        ]
        people = make_line("192.0.2.2", second + 9, "Person", robots=False).text * log
        return first + rest[0], people + rest[1] + rest[2]

    assert daily(tmp_path, [f"{n}.log" for n in range(8)], day_lines, days=6) == (192, 192)


@pytest.mark.slow
def test_virtual_hosts_visited_by_the_same_robots_count(tmp_path):
    def day_lines(log, day):
        second = day * 86_400
        robots = [make_line(f"192.0.2.{n}", second + 3600 * n, f"Robot/{n}").text for n in range(4)]
        # Visitors of one virtual host alone come between the robots.
        own = [
            make_line(f"10.1.{log}.{n}", second + 3600 * n + 9, "Person", robots=False).text
            for n in range(log % 3)
        ]
        return robots[0] + robots[1] + b"".join(own), robots[2] + robots[3]

    names = [f"v{n}/access.log" for n in range(30)]
    assert daily(tmp_path, names, day_lines, days=6) == (720, 720)


@pytest.mark.slow
def test_gzip_logs_with_equal_lines_in_front_count(tmp_path):
    logs, table = tmp_path / "logs", tmp_path / "table"
    logs.mkdir()
    front = b"".join(make_line("192.0.2.1", n, "Front/1.0").text for n in range(800))
    for number in range(200):
        last = make_line(f"10.0.0.{number}", number, "Person", robots=False).text
        (logs / f"{number}.log.gz").write_bytes(gzip.compress(front + last, 1))
    update(logs, table)
    update(logs, table)
    assert total(findrobots.read_hosts(table)) == 160_000
    assert total(findrobots.scan(logs, scheduler="sync").hosts) == 160_000


def small_logs(tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    first = combined(user_agent="First/1.0", request="GET / HTTP/1.1") + b"\n"
    for number in range(800):
        own = make_line(f"10.0.{number // 250}.{number % 250}", number, f"Bot/{number}").text
        (logs / f"{number}.log").write_bytes(first + own)
    return logs, tmp_path / "table"


def test_small_logs_with_one_first_line_count(tmp_path):
    logs, table = small_logs(tmp_path)
    update(logs, table)
    update(logs, table)
    assert total(findrobots.read_hosts(table)) == 800


@pytest.mark.timing
def test_an_update_of_logs_with_one_first_line_takes_as_long_as_a_scan(tmp_path):
    logs, table = small_logs(tmp_path)
    seconds = []
    for work in (
        lambda: findrobots.scan(logs, scheduler="sync"),
        lambda: findrobots.scan(logs, output=table, update=True, scheduler="sync"),
    ):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    plain, updated = seconds
    assert updated < 5 * plain + 0.2


def test_a_rotation_step_by_step_ends_with_all_names_of_logrotate(tmp_path):
    site = Site(tmp_path, 1, "unique_lines", logs=1)
    style, seen = STYLES["numbers, delaycompress"], []
    for _ in range(5):
        site.write()
        for _ in rotate(site, style):
            pass
        seen.append(sorted(path.name for path in site.folder.iterdir()))
    site.close()
    assert seen[1:] == [
        ["s0.log", "s0.log.1", "s0.log.2.gz"],
        ["s0.log", "s0.log.1", "s0.log.2.gz", "s0.log.3.gz"],
        ["s0.log", "s0.log.1", "s0.log.2.gz", "s0.log.3.gz"],
        ["s0.log", "s0.log.1", "s0.log.2.gz", "s0.log.3.gz"],
    ]
