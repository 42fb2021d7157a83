"""Daily runs add up: every byte of a log's text counts once, however it is called or stored."""

import bz2
import gzip
import os
import random
import shutil
from itertools import count

import pytest
from backports import zstd
from findrobots.errors import NotRereadableError
from findrobots.robots.filter import RequestFilter
from findrobots.running.progress import ByteCounter
from findrobots.storage.discovery import find_sources
from findrobots.storage.sources import Source
from findrobots.tables.host_table import empty_host_table
from findrobots.tables.parquet import write_host_table
from hypothesis import given
from hypothesis import strategies as st
from support.containers import kubernetes, write_container_log
from support.examples import at_most
from support.samples import lines
from support.scans import scanned, update
from support.servers import http_server

NOTHING = empty_host_table(RequestFilter())
STORES = {".gz": gzip.compress, ".bz2": bz2.compress, ".zst": zstd.compress, "": bytes}


def updated(table, folder):
    return update(table, find_sources(folder))


def counted(folder):
    """Return the table of one scan of everything."""
    table, _ = scanned(find_sources(folder))
    return table


def stored(table, place):
    """Return a table's bytes."""
    with place.open("wb") as file:
        write_host_table(table, file)
    return place.read_bytes()


# Names are kept: N updates give byte for byte what one scan gives


@at_most(30)
@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(0, 4), st.integers(1, 40), st.sampled_from([*STORES])),
            min_size=1,
            max_size=4,
        ),
        min_size=1,
        max_size=5,
    ),
    st.randoms(use_true_random=False),
)
def test_daily_updates_give_the_bytes_of_one_scan_of_everything(tmp_path_factory, days, luck):
    folder = tmp_path_factory.mktemp("days")
    logs, numbers, table = folder / "logs", count(), NOTHING
    logs.mkdir()
    for day in days:
        for name, number, ending in day:
            log = logs / f"{name}.log{ending}"
            text = lines(next(numbers) * 100, number)
            log.write_bytes((log.read_bytes() if log.exists() else b"") + STORES[ending](text))
            if not ending and luck.random() < 0.5:  # the server is amid a line
                with log.open("ab") as file:
                    file.write(rest := lines(next(numbers) * 100, 1, every=1)[:30])
                table, _ = updated(table, logs)
                with log.open("rb+") as file:
                    file.truncate(log.stat().st_size - len(rest))
        table, _ = updated(table, logs)
    once = stored(counted(logs), folder / "once.parquet")
    assert stored(table, folder / "daily.parquet") == once
    again, found = updated(table, logs)
    assert found.sources.num_rows == 0
    assert stored(again, folder / "again.parquet") == once


@at_most(20)
@given(st.randoms(use_true_random=False), st.sampled_from(["", ".gz"]))
def test_updates_of_a_container_log_that_grows_give_the_bytes_of_one_scan(
    tmp_path_factory, luck, ending
):
    folder = tmp_path_factory.mktemp("pod")
    logs, table = folder / "logs", NOTHING
    logs.mkdir()
    access, errors = (lines(begin, 40).splitlines() for begin in (0, 1000))
    streams = {b"stdout": access, b"stderr": errors}
    text, _ = write_container_log(kubernetes, streams, luck, (10, 60, 200))
    for end in sorted(luck.sample(range(len(text)), 5)):
        (logs / "0.log").write_bytes(text[:end])
        table, _ = updated(table, logs)
    (logs / "0.log").write_bytes(text)
    table, _ = updated(table, logs)
    (bare := folder / "bare").mkdir()
    (bare / "access.log").write_bytes(b"\n".join([*access, *errors, b""]))
    columns = [name for name in table.hosts.column_names if name not in {"source", "offset"}]
    assert stored(table, folder / "daily.parquet") == stored(counted(logs), folder / "once.parquet")
    plain = counted(bare).hosts.select(columns)
    assert table.hosts.select(columns) == plain
    (logs / "0.log").unlink()  # rotated and, perhaps, compressed
    (logs / f"0.log.1{ending}").write_bytes(STORES[ending](text))
    again, _ = updated(table, logs)
    assert again.hosts.select(columns) == plain


# Whatever happens to the logs: each line counts once


class World:
    """Logs to which happens what happens to logs, and what they held in all."""

    def __init__(self, folder, luck):
        self.logs, self.luck, self.numbers = folder / "logs", luck, count()
        self.logs.mkdir()
        self.texts = {}  # by the log's name now
        self.copied = set()  # names of logs beside which there is a copy since the last update
        self.seen = set()  # names of logs of which no update has anything to see
        self.begin()

    def begin(self):
        name = f"{next(self.numbers)}.log"
        self.texts[name] = []
        self.append(name)

    def append(self, name=None):
        growing = [each for each in self.texts if each.endswith(".log")]
        if not (name := name or self.chosen(growing)):
            return self.begin()
        more = lines(next(self.numbers) * 100, self.luck.choice([1, 3, 40]))
        self.texts[name].append(more)
        self.seen.discard(name)
        with (self.logs / name).open("ab") as file:
            file.write(more)
        return None

    def rename(self):
        if name := self.chosen(self.texts):
            stem, ending = os.path.splitext(name)  # noqa: PTH122 (names are strings)
            self.move(name, f"{stem}.{next(self.numbers)}{ending}")

    def compress(self):
        if name := self.chosen(self.texts):
            ending = self.luck.choice([*STORES])
            text = b"".join(self.texts[name])
            new = f"{name.partition('.')[0]}.{next(self.numbers)}.log{ending}"
            self.move(name, new)
            (self.logs / new).write_bytes(STORES[ending](text))

    def copy(self):
        """Leave a copy, or a part of one, as compressing does that is not done."""
        if name := self.chosen([each for each in self.texts if each.endswith(".log")]):
            self.copied.add(name)
            whole = gzip.compress(b"".join(self.texts[name]))
            part = whole[: self.luck.choice([len(whole), len(whole) * 3 // 4])]
            (self.logs / f"{name}.gz").write_bytes(part)

    def truncate(self):
        """Begin a log anew under its name: what it held is in no log any more."""
        if name := self.chosen([each for each in self.seen if each.endswith(".log")]):
            self.texts[f"gone {next(self.numbers)}"] = self.texts.pop(name)
            (self.logs / name).write_bytes(b"")
            self.texts[name] = []
            self.append(name)

    def move(self, name, new):
        if name in self.seen:
            self.seen.add(new)
        self.seen.discard(name)
        self.texts[new] = self.texts.pop(name)
        (self.logs / name).rename(self.logs / new)

    def chosen(self, names):
        there = sorted(
            name for name in names if not name.startswith("gone") and name not in self.copied
        )
        return self.luck.choice(there) if there else None


DEEDS = ("begin", "append", "append", "rename", "compress", "copy", "truncate")


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_to_logs_each_line_counts_once(tmp_path, seed):
    world, table = World(tmp_path, random.Random(seed)), NOTHING  # noqa: S311 (no secret)
    for _ in range(8):
        for _ in range(4):
            getattr(world, world.luck.choice(DEEDS))()
        table, _ = updated(table, world.logs)
        world.seen, world.copied = set(world.texts), set()
    whole = tmp_path / "whole"
    whole.mkdir()
    for name, text in world.texts.items():
        (whole / f"{name}.log").write_bytes(b"".join(text))
    columns = [name for name in table.hosts.column_names if name != "source"]
    assert table.hosts.select(columns).equals(counted(whole).hosts.select(columns))
    again, _ = updated(table, world.logs)
    assert again.hosts.equals(table.hosts)
    assert again.ledger.equals(table.ledger)


# One thing at a time


def write(logs, name, content):
    logs.mkdir(exist_ok=True)
    (logs / name).write_bytes(content)


def requests_of(table):
    return sum(table.hosts["requests"].to_pylist())


def entries(table, *columns):
    return [tuple(row.values()) for row in table.ledger.select(columns).to_pylist()]


@pytest.fixture
def logs(tmp_path):
    return tmp_path / "logs"


def test_nothing_new_changes_no_byte(logs, tmp_path):
    write(logs, "a.log.gz", gzip.compress(lines(0, 9)))
    write(logs, "empty.log", b"")
    write(logs, "comments.log", b"#Version: 1.0\n")
    table, found = updated(NOTHING, logs)
    once = stored(table, tmp_path / "t")
    assert found.sources.num_rows == 3
    with Counting() as reads:
        table, found = updated(table, logs)
    assert stored(table, tmp_path / "t") == once
    assert (found.sources.num_rows, reads.bytes) == (0, 0)


@pytest.mark.parametrize(
    "scheduler", ["sync", "threads", pytest.param("processes", marks=pytest.mark.slow)]
)
def test_any_scheduler_updates_to_the_same_bytes(logs, tmp_path, scheduler):
    for number in range(6):
        write(logs, f"{number}.log", lines(100 * number, 20))
    table, _ = update(NOTHING, find_sources(logs), scheduler=scheduler, workers=2)
    for number in range(6):
        write(logs, f"{number}.log", lines(100 * number, 40))
    table, _ = update(table, find_sources(logs), scheduler=scheduler, workers=2)
    assert stored(table, tmp_path / "t") == stored(counted(logs), tmp_path / "u")


def test_a_grown_log_is_read_from_where_it_was_left(logs):
    write(logs, "a.log", lines(0, 20_000))
    table, _ = updated(NOTHING, logs)
    write(logs, "a.log", lines(0, 20_009))
    with Counting() as reads:
        table, found = updated(table, logs)
    assert found.sources["begin"].to_pylist() == [len(lines(0, 20_000))]
    assert reads.bytes < 700_000 < len(lines(0, 20_000)) / 2
    assert requests_of(table) == 10_005


class Counting:
    """Count the bytes that are read of logs."""

    def __enter__(self):
        self.bytes, self.patch = 0, pytest.MonkeyPatch()
        for name in ("read", "pread"):
            self.patch.setattr(os, name, self.counted(getattr(os, name)))
        return self

    def counted(self, func):
        def count(*arguments):
            stored = func(*arguments)
            self.bytes += len(stored)
            return stored

        return count

    def __exit__(self, *_):
        self.patch.undo()


def test_a_last_line_without_a_newline_counts_when_it_has_one(logs):
    whole, begun = lines(0, 2, every=1), lines(2, 1, every=1)
    write(logs, "a.log", whole + begun[:-1])
    table, found = updated(NOTHING, logs)
    assert requests_of(table) == 2
    assert found.sources["unfinished_bytes"].to_pylist() == [len(begun) - 1]
    table, _ = updated(table, logs)
    assert requests_of(table) == 2
    write(logs, "a.log", whole + begun)
    table, _ = updated(table, logs)
    assert requests_of(table) == 3


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".zst"])
def test_a_last_line_without_a_newline_counts_where_none_will_come(logs, tmp_path, ending):
    whole, last = lines(0, 2, every=1), lines(2, 1, every=1)[:-1]
    write(logs, f"a.log{ending}", STORES[ending](whole + last))
    table, _ = updated(NOTHING, logs)
    assert requests_of(table) == 3
    assert stored(table, tmp_path / "t") == stored(counted(logs), tmp_path / "u")


def test_a_compressed_log_of_one_line_without_a_newline_counts_once(logs):
    write(logs, "a.log.gz", gzip.compress(lines(0, 1, every=1)[:-1]))
    table = NOTHING
    for _ in range(3):
        table, _ = updated(table, logs)
        assert requests_of(table) == 1


def test_a_log_whose_first_64_kib_are_comments_counts_once(logs):
    comment = b'#x:80 198.51.100.66 - - "GET / HTTP/1.1" 404 70 "-" "' + b"X" * 8000 + b'"\n'
    write(logs, "a.log", 9 * comment + lines(0, 100, every=1))
    table = NOTHING
    for _ in range(3):
        table, _ = updated(table, logs)
        assert requests_of(table) == 100


@pytest.mark.network
def test_a_log_at_a_server_without_ranges_counts_once(logs):
    text = lines(0, 60_000, every=1)
    write(logs, "a.log", text)
    assert len(text) > 4 * 1024 * 1024
    table = NOTHING
    with http_server(logs) as address:
        for _ in range(3):
            table, _ = updated(table, f"{address}/a.log")
            assert requests_of(table) == 60_000


def test_a_line_that_ends_with_two_returns_is_rejected(logs):
    whole, line = lines(0, 2, every=1), lines(2, 1, every=1)[:-1]
    write(logs, "a.log", whole + line + b"\r\r\n" + line + b"\r\n")
    table, found = updated(NOTHING, logs)
    assert (requests_of(table), found.reject_count) == (3, 1)


def test_what_a_scan_counted_of_an_unfinished_line_counts_once(logs):
    whole, begun = lines(0, 2, every=1), lines(2, 1, every=1)
    for cut in (len(begun) - 1, len(begun) - 20, 5):
        write(logs, "a.log", whole + begun[:cut])
        table = counted(logs)
        write(logs, "a.log", whole + begun + lines(3, 2, every=1))
        table, found = updated(table, logs)
        rejected = 1 if cut == len(begun) - 20 else 0
        assert requests_of(table) + rejected == 5
        assert found.reject_count == 0


def test_a_log_begun_anew_under_its_name_is_new(logs):
    write(logs, "a.log", lines(0, 20))
    table, _ = updated(NOTHING, logs)
    for begin, number in ((100, 3), (200, 20), (300, 40)):
        write(logs, "a.log", lines(begin, number))
        table, _ = updated(table, logs)
    assert requests_of(table) == 10 + 2 + 10 + 20
    assert [end for _, end in entries(table, "source", "bytes_text")] == sorted(
        (len(lines(0, 20)), len(lines(100, 3)), len(lines(200, 20)), len(lines(300, 40))),
        key=[end for _, end in entries(table, "source", "bytes_text")].index,
    )


def test_logs_that_only_begin_alike_count_each(logs):
    probe = lines(0, 1, every=1) * 3
    write(logs, "a.log", probe + lines(100, 30))
    write(logs, "b.log", probe + lines(200, 40))
    table, _ = updated(NOTHING, logs)
    assert requests_of(table) == 3 + 15 + 3 + 20
    write(logs, "c.log", probe + lines(300, 50))
    table, _ = updated(table, logs)
    assert requests_of(table) == 3 + 15 + 3 + 20 + 3 + 25


@pytest.mark.parametrize("size", [1, 40, 3000])
def test_a_part_of_a_log_that_counts_does_not_count_again(logs, size):
    text = lines(0, size + 1)
    write(logs, "access.log.1", text)
    write(logs, "access.log.1.gz", gzip.compress(text)[:-20])  # gzip is at it
    table, _ = updated(NOTHING, logs)
    assert requests_of(table) == size // 2 + 1
    (logs / "access.log.1").unlink()
    write(logs, "access.log.1.gz", gzip.compress(text))
    table, _ = updated(table, logs)
    assert requests_of(table) == size // 2 + 1


def test_a_log_goes_on_though_a_longer_one_begins_as_it_does(logs):
    alike_ones = lines(0, 12)
    write(logs, "a.log", alike_ones + lines(100, 30))
    write(logs, "b.log", alike_ones)
    table, _ = updated(NOTHING, logs)  # all of b.log is how a.log begins
    assert requests_of(table) == 6 + 15 + 6
    for number in (2, 11, 14, 40):
        write(logs, "b.log", alike_ones + lines(200, number))
        table, _ = updated(table, logs)
    assert requests_of(table) == 6 + 15 + 6 + 20


def test_a_log_cut_off_goes_on_when_it_is_whole(logs, tmp_path):
    text = lines(0, 3000)
    write(logs, "a.log.gz", gzip.compress(text)[:9000])
    table, found = updated(NOTHING, logs)
    assert 0 < requests_of(table) < 1500
    assert found.sources["damage"].to_pylist()[0].startswith("unexpected end of gzip stream")
    write(logs, "a.log.gz", gzip.compress(text))
    table, found = updated(table, logs)
    assert found.sources["begin"].to_pylist()[0] > 0
    assert stored(table, tmp_path / "t") == stored(counted(logs), tmp_path / "u")


def test_a_corrupt_log_that_is_mended_is_told_and_not_counted_twice(logs):
    members = [gzip.compress(lines(1000 * number, 300)) for number in range(3)]
    corrupt = bytearray(members[1])
    corrupt[len(corrupt) // 2] ^= 255
    write(logs, "a.log.gz", members[0] + corrupt + members[2])
    table, _ = updated(NOTHING, logs)
    counts = requests_of(table)
    assert 300 <= counts < 450
    write(logs, "a.log.gz", b"".join(members))
    table, found = updated(table, logs)
    assert requests_of(table) == counts
    (reading,) = found.sources.to_pylist()
    assert reading["damage"].startswith("counted only up to an earlier damage")
    again, found = updated(table, logs)
    assert found.sources.num_rows == 0
    assert again.ledger.equals(table.ledger)


def test_a_log_with_headers_goes_on_under_the_last_one(logs):
    head = b"#Version: 1.0\n#Fields: time c-ip cs-method cs-uri-stem date\n"
    line = b"10:00:0%d 192.0.2.%d GET /robots.txt 2026-09-01\n"
    text = head + b"".join(line % (n, n) for n in range(9))
    cut = len(head) + 4 * len(line % (0, 0))
    for ending, store in STORES.items():
        write(logs, f"a.log{ending}", store(text[:cut]))
        table, _ = updated(NOTHING, logs)
        write(logs, f"a.log{ending}", store(text))
        table, _ = updated(table, logs)
        assert table.hosts.num_rows == 9
        (logs / f"a.log{ending}").unlink()


def test_a_line_that_is_too_long_ends_no_log(logs, tmp_path):
    long = b"x" * 1_500_000
    write(logs, "a.log", lines(0, 4) + long)
    table, _ = updated(NOTHING, logs)
    assert entries(table, "bytes_text", "rejects") == [(len(lines(0, 4)), 0)]
    write(logs, "a.log", lines(0, 4) + long + lines(4, 4))
    table, _ = updated(table, logs)
    assert entries(table, "rejects") == [(1,)]
    assert stored(table, tmp_path / "t") == stored(counted(logs), tmp_path / "u")


@pytest.mark.parametrize("size", [100, 100_000, 2_000_000])
def test_a_log_that_is_compressed_amid_a_long_line_goes_on(logs, size):
    write(logs, "a.log.gz", gzip.compress(lines(0, 3000) + b"x" * size))
    table, found = updated(NOTHING, logs)
    write(logs, "a.log.gz", gzip.compress(lines(0, 3000) + b"x" * size + b"\n" + lines(3000, 4)))
    table, found = updated(table, logs)
    assert found.sources["begin"].to_pylist()[0] > 0
    assert requests_of(table) == 1502


def test_an_unreadable_log_counts_when_it_can_be_read(logs, tmp_path):
    write(logs, "a.log", lines(0, 4))
    (logs / "b.log").symlink_to("c")
    table, found = updated(NOTHING, logs)
    assert sorted(found.sources["damage"].to_pylist()) == ["", "No such file or directory"]
    (logs / "b.log").unlink()
    write(logs, "b.log", lines(10, 4))
    table, _ = updated(table, logs)
    assert stored(table, tmp_path / "t") == stored(counted(logs), tmp_path / "u")


def test_logs_moved_to_a_bucket_are_known_and_go_on_there(logs, s3):
    text = lines(0, 3000)
    write(logs, "a.log", text[:-20])
    write(logs, "b.log", lines(5000, 40))
    table, _ = updated(NOTHING, logs)
    shutil.rmtree(logs)
    s3.pipe_file("logs/2026/a.log", text)
    s3.pipe_file("logs/2026/b.log.gz", gzip.compress(lines(5000, 40)))
    table, found = updated(table, "s3://logs/2026/")
    assert requests_of(table) == 1500 + 20
    begun = found.sources.select(["source", "begin"]).to_pylist()
    assert {reading["source"]: reading["begin"] for reading in begun} == {
        "s3://logs/2026/a.log": len(lines(0, 2999)),
        "s3://logs/2026/b.log.gz": len(lines(5000, 40)),
    }
    _, found = updated(table, "s3://logs/2026/")
    assert found.sources.num_rows == 0


def test_what_can_be_read_only_once_is_refused(logs):
    logs.mkdir()
    os.mkfifo(logs / "pipe")
    for path in ("-", str(logs / "pipe")):
        with pytest.raises(NotRereadableError, match="an update cannot read from a pipe"):
            update(NOTHING, [Source(path, 0)])


def test_a_meter_is_told_what_is_known_too(logs, tmp_path):
    write(logs, "a.log", lines(0, 9))
    write(logs, "b.log.gz", gzip.compress(lines(100, 9)))
    table, _ = updated(NOTHING, logs)
    write(logs, "a.log", lines(0, 20))
    sources = find_sources(logs)
    meter = ByteCounter(str(tmp_path / "meter"))
    update(table, sources, progress=meter)
    told = (tmp_path / "meter").read_bytes()
    counts = [int.from_bytes(told[at : at + 8], "little") for at in range(0, len(told), 8)]
    assert sum(counts) == sum(source.size for source in sources)
