"""Sample logs to facts about them, counted without the package."""

import gzip
import subprocess
import sys
from datetime import datetime
from ipaddress import ip_address, ip_network

import pytest
from support.project import PROJECT

DATA = PROJECT / "data"
LOGS = DATA / "logs"
DOCUMENTATION = [
    ip_network(network)
    for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]


def read(folder):
    """Map the name of each log in a folder to its text."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {
        file.relative_to(folder).as_posix(): (
            gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        ).decode("ascii")
        for file in files
    }


@pytest.fixture(scope="module")
def texts():
    return read(LOGS)


@pytest.fixture(scope="module")
def lines(texts):
    return [line for text in texts.values() for line in text.split("\n") if line]


def quoted(line):
    """Split a line at its quotes; those that Apache escapes are not its own."""
    return line.replace('\\"', "").split('"')


def is_whole(line):
    return len(quoted(line)) in {3, 7}


def test_the_script_writes_the_committed_logs_again(tmp_path, texts):
    subprocess.run([sys.executable, DATA / "generate.py", tmp_path], check=True)
    assert read(tmp_path) == texts


def test_the_script_writes_the_committed_site_again(tmp_path):
    subprocess.run([sys.executable, DATA / "site.py", tmp_path], check=True)
    written = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert len(written) > 20
    for path in written:
        assert path.read_text() == (DATA / path.relative_to(tmp_path)).read_text()
    committed = [path for path in (DATA / "lists").rglob("*") if path.is_file()]
    assert len(committed) == len(written) - 1


def test_there_is_a_week_of_one_host_and_a_day_of_another(texts):
    week = [f"access.log-2026090{day}.gz" for day in range(1, 7)]
    assert list(texts) == ["access.log", *week, "static/access_log-20260903.gz"]


def test_the_logs_are_small_and_their_headers_name_neither_file_nor_time():
    stored = [file.read_bytes() for file in LOGS.rglob("*") if file.is_file()]
    assert sum(map(len, stored)) < 120_000
    headers = {data[3:8] for data in stored if data.startswith(b"\x1f\x8b")}
    assert headers == {b"\0" * 5}


def test_one_line_is_broken_cut_off_inside_the_user_agent(texts, lines):
    (broken,) = (line for line in lines if not is_whole(line))
    assert texts["access.log"].endswith(f"\n{broken}")
    assert '"GET /robots.txt HTTP/1.1"' in broken
    assert len(quoted(broken)) == 6


def test_lines_are_in_order_and_a_log_keeps_one_offset_from_utc(texts):
    for name, text in texts.items():
        stamps = [line.split("[")[1].split("]")[0] for line in text.split("\n") if line]
        times = [datetime.strptime(stamp, "%d/%b/%Y:%H:%M:%S %z") for stamp in stamps]
        assert times == sorted(times)
        offset = "+0200" if name.startswith("static/") else "+0000"
        assert {stamp.split()[1] for stamp in stamps} == {offset}


def test_addresses_are_from_the_documentation_ranges(lines):
    addresses = {ip_address(line.split()[0]) for line in lines}
    assert all(any(address in network for network in DOCUMENTATION) for address in addresses)


def test_58_hosts_ask_for_robots_txt_350_times(lines):
    asking = []
    for line in filter(is_whole, lines):
        request = quoted(line)[1].split()
        path = request[1].split("?")[0] if len(request) == 3 else ""
        if path.removeprefix("http://www.example.org") == "/robots.txt":
            asking.append(line)
    assert len(asking) == 350
    clients = {line.split()[0] for line in asking}
    assert len({ip_address(client) for client in clients}) == 58 < len(clients)
    assert {quoted(line)[2].split()[0] for line in asking} == {"200", "304", "404", "503"}


@pytest.mark.parametrize(
    "text",
    [
        "GET http://www.example.org/robots.txt ",
        '"https://www.example.org/robots.txt"',
        "GET /blog/robots.txt ",
        "(obeys /robots.txt; ",
    ],
)
def test_there_is_one_line_of_each_rare_kind(lines, text):
    assert sum(text in line for line in lines) == 1


@pytest.mark.parametrize(
    "text",
    [
        *('"HEAD /robots.txt ', '"GET /robots.txt?', '"GET /wp-login.php ', '"GET /.env '),
        *('"\\"FeedShelf', '"\\x22FeedShelf', "W\\xc3\\xb6rter", "W\\xC3\\xB6rter"),
        *('"\\x16\\x03\\x01', '"-" 400 - ', '"" 400 0 '),
    ],
)
def test_there_are_lines_of_each_kind(lines, text):
    assert any(text in line for line in lines)
