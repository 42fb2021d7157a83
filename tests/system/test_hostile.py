"""What strangers may write into a log, an archive or a table, and what must not come of it."""

import csv
import io
import json
import os
import random
import re
import resource
import struct
import subprocess
import sys
import tarfile
import zipfile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from findrobots.cli.display import csv_chunks, table_lines
from findrobots.cli.layouts import HOST_LAYOUT
from findrobots.cli.main import _run
from findrobots.cli.text_width import columns, padded
from findrobots.errors import FormatError, NotAHostTableError
from findrobots.formats import Dialect
from findrobots.formats.parse import parse_lines
from findrobots.reading.search import read_lines
from findrobots.records import REJECT_LENGTH, Lines, Reject, Requests, concat_requests
from findrobots.robots.filter import RequestFilter, filter_requests
from findrobots.sanitize import printable
from findrobots.tables.hosts import HOSTS, merge_hosts, tabulate_hosts
from findrobots.tables.parquet import read_hosts, write_hosts
from hypothesis import given
from hypothesis import strategies as st
from support.hostile import FORMULAS, LURES, NASTY
from support.samples import combined
from support.terminal import on_a_terminal

pytestmark = pytest.mark.slow


def is_shown(text):
    return all(line.isprintable() and printable(line) == line for line in text.splitlines())


@pytest.fixture
def nasty(tmp_path):
    """A folder with a log of a nasty name, full of nasty requests."""
    folder = tmp_path / "nasty"
    folder.mkdir()
    rows = [
        combined(host=f"h{number}{'' if ' ' in text else text}", user_agent=text + "\\x1b[2J\\n")
        for number, text in enumerate(re.sub(r"[\n\r\"\\]", "", each) for each in NASTY + FORMULAS)
    ]
    rows += [b"\x1b[2J \xc2\x9b \xe2\x80\xae /robots.txt", combined(request="\x1b /robots.txt")]
    rows += [b"v\x1b[2J:80 " + combined()]
    rows += [combined(user_agent=text) for text in FORMULAS]
    (folder / "a\x1b[2J\n\u202e\udcff\x9b.log").write_bytes(b"\n".join(rows) + b"\n")
    return folder


def test_nothing_of_a_nasty_log_reaches_a_terminal_raw(run_command, nasty):
    for arguments in (
        ["scan", nasty],
        ["scan", nasty, "-o", "t\x1b[2J.parquet", "--rejects", "r\u202e.parquet"],
        ["show", "t\x1b[2J.parquet"],
        ["show", "t\x1b[2J.parquet", "--csv"],
        ["show", "t\x1b[2J.parquet", "--limit", "1"],
        ["scan", nasty, "--path", "/\u202e\x9b"],
        ["scan", nasty, "--format", "%h %t \u202e\udcff %r", "--debug"],
        ["scan", nasty, "--format", "json", "--fields", "host=\udcff,target=\u202e,time=\x1b"],
    ):
        done = run_command(*arguments)
        # A format that no line has is an error, which shows a line.
        status = 1 if "--format" in arguments else 0
        assert (done.returncode, is_shown(done.stdout + done.stderr)) == (status, True)


def test_nothing_of_a_nasty_log_reaches_a_real_terminal_raw(run_command, nasty, tmp_path):
    assert run_command("scan", nasty, "-o", "t.parquet").returncode == 0
    shown = on_a_terminal(["scan", nasty], 80, tmp_path)
    shown += on_a_terminal(["show", "t.parquet"], 80, tmp_path)
    # Of tqdm's: returns, and the sequence that goes up a line.
    assert is_shown(re.sub(r"\r|\x1b\[A", "", shown))


@pytest.mark.parametrize("text", [text for text in NASTY if not text.isprintable()])
def test_no_error_has_nasty_text_raw(tmp_path, monkeypatch, capsys, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"cut{text}.log").write_bytes(b"\x1f\x8b\x08\x00")
    for arguments in (
        [text],
        [f"--{text}"],
        ["scan", text],
        ["scan", f"cut{text}.log", "--strict"],
        ["scan", f"s3x{text}://{text}"],
        ["scan", ".", "--path", text],
        ["scan", ".", "--format", text],
        ["scan", ".", "--format", f"%h %{text}"],
        ["scan", ".", "--format", "json", "--fields", text],
        ["scan", ".", "--timezone", text],
        ["scan", ".", "--workers", text],
        ["scan", ".", "-o", f"{text}/{text}"],
        ["show", text],
        ["show", "x", "--sort", text],
    ):
        for debug in ([], ["--debug"]):
            assert _run([*arguments[:1], *debug, *arguments[1:]]) in {1, 2}
            out, err = capsys.readouterr()
            assert out == ""
            assert is_shown(err)
            assert debug or err.count("\n") == 1


def test_no_error_of_the_command_has_nasty_text_raw(run_command):
    done = run_command("scan", "--debug", "".join(NASTY))
    assert done.returncode == 1
    assert is_shown(done.stderr)


@given(st.lists(st.text(), min_size=1, max_size=9), st.integers(1, 40))
def test_any_texts_stand_aligned(texts, width):
    lines = [padded(printable(text), width, right=False) + "|" for text in texts]
    assert {columns(line) for line in lines} == {width + 1}


def test_marks_and_joining_vowels_take_no_column_and_what_hides_is_escaped():
    assert columns("e\u0301") == columns("\u0e01\u0e31") == 1
    assert columns("\u1100\u1161\u11a8") == 2
    assert printable("a\u3164\ufe0f\u2800") == "a\\u3164\\ufe0f\\u2800"


def test_the_longest_line_is_cut_for_the_summary_in_no_time(run_command, tmp_path):
    (tmp_path / "a.log").write_bytes((b"\xc3\xa9" * (1 << 19) + b" /robots.txt\n") * 3 + combined())
    done = run_command("scan", "a.log", "--rejects", "r.parquet")
    assert done.returncode == 0
    summary = [line for line in done.stderr.splitlines() if "warning: 3 of 4 lines" not in line]
    assert len(summary) == len(done.stderr.splitlines()) - 1
    assert all(columns(line) <= 120 for line in summary[2:])
    assert {len(text) for text in pq.read_table(tmp_path / "r.parquet")["text"].to_pylist()} == {
        REJECT_LENGTH
    }


@given(st.binary(max_size=5000))
def test_a_rejected_line_is_its_beginning(text):
    (item,) = parse_lines(Lines("a.log", [0], b"x" + text.replace(b"\n", b"")))
    whole = (b"x" + text.replace(b"\n", b"")).decode("utf-8", "backslashreplace")
    assert not isinstance(item, Reject) or item.text == whole[:1024]


# CSV


def host_table(*rows):
    requests = [
        Requests(
            *([host], [time], [method], [b"/"], [200], [7], [agent], [vhost]),
            *(["x"], [source], [5]),
        )
        for host, time, method, agent, vhost, source in rows
    ]
    return merge_hosts([tabulate_hosts(concat_requests(requests))])


def test_csv_is_the_whole_table_for_csv_and_for_pandas():
    hosts = host_table(
        *((f"h{n}", 1788256800_000001 + n, "GET", f"a{n}", "", "x.log") for n in range(9000)),
        ("h1", 1788256800_000000, "HEAD", 'b,"c"\nd', "v", "y.log"),
    )
    text = "".join(csv_chunks(hosts, HOST_LAYOUT, sort="requests", limit=None))
    heading, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert heading == HOSTS.names
    assert len(rows) == 9000
    first = dict(zip(heading, rows[0], strict=True))
    assert first["first_seen"] == "2026-09-01 10:00:00"
    assert (first["methods"], first["user_agents"]) == ("GET | HEAD", 'a1 | b,"c"\\nd')
    assert text.count("\r\n") == text.count("\n") == 9001
    frame = pd.read_csv(io.StringIO(text), parse_dates=["first_seen"]).sort_values("host")
    assert frame["requests"].tolist() == hosts["requests"].to_pylist()
    seconds = hosts["first_seen"].to_pandas().dt.tz_localize(None).dt.floor("s")
    assert frame["first_seen"].tolist() == seconds.tolist()


CELL = st.text(st.sampled_from("=+-@\t\r\n,;|\"' a\uff1d\x1b")).filter(bool)


@given(CELL, CELL, CELL)
def test_no_text_in_csv_is_a_formula(host, agent, source):
    hosts = host_table((host, 0, agent, agent, host, source))
    text = "".join(csv_chunks(hosts, HOST_LAYOUT, sort="host", limit=None))
    for delimiter in ",;\t|":
        for row in list(csv.reader(text.splitlines(), delimiter=delimiter))[1:]:
            assert not any(cell.startswith(tuple("=+-@\t\r＝＋－＠")) for cell in row)  # noqa: RUF001 (they are meant)
    assert is_shown(text)


def test_numbers_and_names_of_robots_stay_as_they_are_in_csv():
    agent = "Mozilla/5.0 (compatible; Abot/1; +http://abot.example)"
    (_, row) = csv.reader(
        "".join(
            csv_chunks(
                host_table(("h", 0, "GET", agent, "", "-")), HOST_LAYOUT, sort="host", limit=1
            )
        ).splitlines()
    )
    assert agent in row
    assert row[-2:] == ["'-", "5"]


def test_csv_into_a_closed_pipe_ends_in_silence(tmp_path):
    write_hosts(
        host_table(*((f"h{n}", 0, "GET", "a", "", "x") for n in range(30_000))), tmp_path / "t"
    )
    shown = f"{sys.executable} -m findrobots show --csv {tmp_path}/t"
    script = f"{shown} | head -n 2; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[2:] == ["0"]


# Nothing is resolved, opened or run

WATCH = """
import sys
from findrobots import find_robots
from findrobots.cli.display import csv_chunks, host_lines, table_lines
from findrobots.cli.layouts import HOST_LAYOUT
"".encode("unicode_escape")  # Python imports a codec when it is first needed
done = []
WATCHED = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "pickle.",
    "open", "compile", "exec", "import", "marshal.", "ctypes.", "urllib.", "shutil.", "os.remove",
    "os.rename", "os.mkdir", "os.listdir", "os.scandir", "glob.")
sys.addaudithook(lambda event, arguments: done.append((event, repr(arguments)[:200]))
    if event.startswith(WATCHED) else None)
def scan(path):
    hosts = find_robots(path, scheduler="sync")
    assert hosts.num_rows
    list(host_lines(hosts))
    list(csv_chunks(hosts, HOST_LAYOUT, sort="host", limit=9))
    list(table_lines(hosts, HOST_LAYOUT, sort="host", limit=9, width=80))
for path in (sys.argv[1], sys.argv[1], sys.argv[2]):  # the first time imports
    done.clear()
    scan(path)
    print(sorted({(event, arguments.replace(path, "LOG")) for event, arguments in done}))
"""


def test_a_lure_is_neither_resolved_nor_opened_nor_run(tmp_path):
    (tmp_path / "plain.log").write_bytes(combined() + b"\n")
    (tmp_path / "lures.log").write_bytes(
        b"".join(
            combined(host=lure.replace(" ", "_"), user_agent=lure) + b"\n"
            + combined(request=f"GET http://{lure}/robots.txt") + b"\n"
            for lure in LURES
        )
    )  # fmt: skip
    logs = [str(tmp_path / name) for name in ("plain.log", "lures.log")]
    done = subprocess.run(
        [sys.executable, "-c", WATCH, *logs],
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    _, plain, lures = done.stdout.splitlines()
    assert "LOG" in plain
    assert lures == plain
    assert {path.name for path in tmp_path.iterdir()} == {"plain.log", "lures.log"}


# Archives

MEMBERS = ("a.log", "../../up.log", "d/../../../x.log", "/abs.log")


@pytest.fixture
def archives(tmp_path):
    """A zip and a tar whose members would leave them, or are links to what is outside."""
    folder = tmp_path / "in" / "it"
    folder.mkdir(parents=True)
    (tmp_path / "secret").write_bytes(combined(host="secret") + b"\n")
    with zipfile.ZipFile(folder / "e.zip", "w") as archive:
        for name in MEMBERS:
            archive.writestr(name, combined(host=name.replace("/", "_")) + b"\n")
        link = zipfile.ZipInfo("link.log")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, str(tmp_path / "secret"))
    with tarfile.open(folder / "e.tar", "w") as archive:
        for name in MEMBERS:
            text = combined(host=name.replace("/", "_")) + b"\n"
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
        for name, kind in (("link.log", tarfile.SYMTYPE), ("hard.log", tarfile.LNKTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, str(tmp_path / "secret")
            archive.addfile(member)
    return folder


@pytest.mark.parametrize("kind", ["zip", "tar"])
@pytest.mark.parametrize(
    "members", ["*.log", "**/*.log", "a.log", "../../up.log", "link.log", "hard.log", ""]
)
def test_the_members_of_an_archive_do_not_leave_it(run_command, archives, kind, members):
    outside = archives.parent.parent
    before = sorted(outside.rglob("*"))
    done = run_command("scan", f"{kind}://{members}::file://{archives}/e.{kind}", cwd=archives)
    assert {*done.stdout.splitlines()} <= {name.replace("/", "_") for name in MEMBERS}
    assert done.returncode in {0, 3} or (done.stdout, done.stderr.count("\n")) == ("", 1)
    assert sorted(outside.rglob("*")) == before


# Tables of strangers


def show_bounded(path, *arguments):
    """Show a table with a gibibyte and a half for all of the program, and return what it says."""
    return subprocess.run(
        [sys.executable, "-m", "findrobots", "show", str(path), *arguments],
        capture_output=True, text=True, check=False, timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (3 << 29, 3 << 29)),
    )  # fmt: skip


def is_refused(done):
    return (done.returncode, done.stdout, done.stderr.count("\n"), is_shown(done.stderr)) == (
        1, "", 1, True,
    )  # fmt: skip


HOST = host_table(("192.0.2.1", 0, "GET", "Abot/1", "v", "a.log"))


def as_stored(table, **options):
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


def with_index_of_pandas(table):
    index = {"kind": "range", "name": "host", "start": 0, "stop": 1 << 62, "step": 1}
    columns = [
        {
            "name": "x",
            "field_name": "host",
            "pandas_type": "object",
            "numpy_type": "x[y]",
            "metadata": 3,
        }
    ]
    told = {"index_columns": [index, "requests"], "column_indexes": [7], "columns": columns}
    return table.replace_schema_metadata({"pandas": json.dumps(told), "ARROW:extension:name": "x"})


def extended(table):
    field = HOSTS.field("host").with_metadata(
        {
            "ARROW:extension:name": "arrow.py_extension_type",
            "ARROW:extension:metadata": b"cos\nsystem\n(S'false'\ntR.",
        }
    )
    return table.cast(HOSTS.set(0, field))


def test_metadata_of_strangers_changes_nothing(tmp_path):
    plain = as_stored(HOST)
    for number, table in enumerate((HOST, with_index_of_pandas(HOST), extended(HOST))):
        stored = as_stored(table)
        assert number == 0 or stored != plain
        (tmp_path / "t").write_bytes(stored)
        for sort in HOST_LAYOUT.sortable.keys() & {*HOSTS.names}:
            lines = list(
                table_lines(read_hosts(tmp_path / "t"), HOST_LAYOUT, sort=sort, limit=9, width=None)
            )
            assert lines == list(table_lines(HOST, HOST_LAYOUT, sort=sort, limit=9, width=None))


FOREIGN = {
    "another schema": as_stored(pa.table({"host": ["a"]})),
    "another type": as_stored(HOST.set_column(1, "requests", pa.array([1.5]))),
    "no Parquet": b"PAR1" + b"\xff" * 99 + b"PAR1",
    "a long footer": b"PAR1" + struct.pack("<I", 0x7FFFFFFF) + b"PAR1",
    "nothing": b"",
}


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("more", [[], ["--csv"]])
def test_a_foreign_file_is_refused_in_one_line(tmp_path, name, more):
    (tmp_path / "t").write_bytes(FOREIGN[name])
    assert is_refused(show_bounded(tmp_path / "t", *more))


def test_a_file_that_declares_huge_sizes_takes_little_memory(tmp_path):
    stored = as_stored(HOST, compression="none", use_dictionary=False)
    footer = len(stored) - 8 - struct.unpack("<I", stored[-8:-4])[0]
    # Each byte of the first page's header and of the beginning of the footer becomes a varint
    # of many digits, in turn.
    refused = 0
    for at in (*range(4, 26, 3), *range(footer, footer + 400, 50)):
        huge = stored[:at] + b"\xfe\xff\xff\xff\xff\xff\x7f" + stored[at + 7 :]
        (tmp_path / "t").write_bytes(huge)
        done = show_bounded(tmp_path / "t")
        assert done.returncode == 0 or is_refused(done)
        refused += done.returncode
    assert refused


def test_a_table_cut_or_changed_anywhere_ends_in_a_table_or_a_fault(tmp_path):
    stored, chance = as_stored(HOST), random.Random(1)  # noqa: S311 (no secret)
    (tmp_path / "t").write_bytes(stored)
    assert read_hosts(tmp_path / "t").equals(HOST)
    for cut in range(0, len(stored), 31):
        (tmp_path / "t").write_bytes(stored[:cut])
        with pytest.raises(NotAHostTableError):
            read_hosts(tmp_path / "t")
    for _ in range(300):
        changed = bytearray(stored)
        for _ in range(3):
            changed[chance.randrange(len(changed))] = chance.choice((0, 127, 128, 255))
        (tmp_path / "t").write_bytes(changed)
        try:
            hosts = read_hosts(tmp_path / "t")
            shown = list(table_lines(hosts, HOST_LAYOUT, sort="host", limit=9, width=80))
            shown += csv_chunks(hosts, HOST_LAYOUT, sort="host", limit=9)
        except NotAHostTableError:
            continue
        assert all(map(is_shown, shown))


def test_times_beyond_the_calendar_are_shown():
    row = HOSTS.names.index("first_seen")
    for time in (2**63 - 1, -(2**63), -62135596800_000001):
        times = pa.array([time], HOSTS.field(row).type)
        hosts = HOST.set_column(row, HOSTS.field(row), times)
        assert len([*table_lines(hosts, HOST_LAYOUT, sort="first_seen", limit=9, width=None)]) == 2
        assert len([*csv_chunks(hosts, HOST_LAYOUT, sort="first_seen", limit=9)]) == 2


def test_a_time_that_its_offset_leads_beyond_the_calendar_is_none():
    for time in ("01/Jan/0001:00:00:00 +1400", "31/Dec/9999:23:59:59 -1200"):
        (item,) = parse_lines(Lines("a.log", [0], combined(time=time)))
        assert item.reason == "invalid timestamp"


def test_a_header_of_too_many_fields_names_none_and_is_refused_as_a_format():
    fields = "#Fields: date time c-ip cs-method cs-uri-stem" + " x" * 96
    line = b"2026-09-01 10:00:00 192.0.2.1 GET /robots.txt" + b" 1" * 96
    (item,) = parse_lines(Lines("a.log", [0], line, fields.encode()))
    assert item.reason == "unknown format"
    (item,) = parse_lines(Lines("a.log", [0], line[:-2], fields[:-2].encode()))
    assert item.host == ["192.0.2.1"]
    with pytest.raises(FormatError, match="more than 100 fields"):
        parse_lines(Lines("a.log", [0], line), Dialect(fields))


def test_a_field_that_is_the_host_is_nothing_else():
    fields = "#Fields: date time c-ip cs-host cs-method cs-uri-stem"
    line = b"2026-09-01 10:00:00 192.0.2.7 192.0.2.1 GET /robots.txt"
    (item,) = parse_lines(Lines("a.log", [0], line), Dialect(fields, host_field="cs-host"))
    assert (item.host, item.vhost) == (["192.0.2.1"], [""])
    with pytest.raises(FormatError, match="a field date is needed"):
        parse_lines(Lines("a.log", [0], line), Dialect(fields, host_field="date"))


# Laws that any bytes keep

PIECES = st.sampled_from(
    [
        *(
            combined(),
            b'"',
            b" ",
            b"\\",
            b"\\x1b",
            b"\0",
            b"\xff",
            b"[",
            b"{",
            b"\n",
            b"\r\n",
            b"-",
        ),
        *(b"/robots.txt", b"\n#Fields: date time c-ip cs-method cs-uri-stem\n", b'{"ts":1,"uri":'),
        *(
            b"2026-09-01 10:00:00 192.0.2.1 GET /robots.txt",
            b"9" * 30,
            b"1.2.3.4",
            b"GET ",
            b"HTTP/1.1",
        ),
    ]
)
TEXTS = st.lists(PIECES | st.binary(max_size=9), max_size=30).map(b"".join)
DIALECTS = (
    Dialect(),
    Dialect("combined"),
    Dialect("json", "host=a|b.c,target=uri,time=ts", "Europe/Berlin"),
    Dialect('%h %l %u %t "%r" %>s %b'),
    Dialect("#Fields: date time c-ip cs-method cs-uri-stem", host_field="c-ip:1"),
)


@given(TEXTS, st.integers(1, 99), st.sampled_from(DIALECTS))
def test_each_line_that_mentions_the_path_is_one_request_or_one_reject(
    tmp_path_factory, text, size, dialect
):
    path = tmp_path_factory.getbasetemp() / "any.log"
    path.write_bytes(b"x" + text)
    *batches, _, reading = read_lines(str(path), containing=(b"/robots.txt",), block_size=size)
    assert reading.bytes_text + reading.unfinished_bytes == reading.bytes_stored == len(text) + 1
    assert reading.damage == ""
    offset, places = 0, []
    for line in (b"x" + text).split(b"\n"):
        if b"/robots.txt" in line:
            places.append(offset)
        offset += len(line) + 1
    items = [item for batch in batches for item in parse_lines(batch, dialect)]
    found = []
    for item in items:
        found += [item.offset] if isinstance(item, Reject) else item.offset
        kept = filter_requests(item, request_filter=RequestFilter())
        if isinstance(kept, Requests):
            tabulate_hosts(kept).validate(full=True)
    assert sorted(found) == places
