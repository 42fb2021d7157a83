"""What is secret in a URL that was typed appears in no output of the command."""

import html
import json
import os
import re
import string
import subprocess
import sys
import time
from urllib.parse import quote, quote_plus, unquote_plus

import fsspec
import pyarrow.parquet as pq
import pytest
import stamina
from findrobots.cli.main import _run
from findrobots.errors import ClusterError
from findrobots.running.cluster_client import open_client
from findrobots.sanitize import _Secrets, hide, without_credentials
from findrobots.storage.typed_urls import take_apart
from hypothesis import HealthCheck, Phase, example, given
from hypothesis import strategies as st
from support.examples import at_most
from support.objects import placed
from support.samples import combined
from support.servers import http_server

pytestmark = pytest.mark.slow

# Nothing listens there.
CLOSED = "127.0.0.1:1"
# A counterexample is not made smaller, which takes minutes with so many commands.
QUICK = (Phase.explicit, Phase.generate)
SCHEMES = ("http", "https", "HTTPS", "sftp", "ftp", "s3", "gs", "az", "abfs", "github", "nowhere")
LETTERS = string.ascii_letters + string.digits + "'\"()<>,;$!*+ ~^|{}[]%\\`é蜘"
# Begins with two letters that are in no word of an error, so that only the secret contains it.
SECRETS = st.text(LETTERS, min_size=6, max_size=20).map(lambda text: f"zq{text.strip()}qz")
PASSWORDS = st.tuples(SECRETS, st.sampled_from(("", "/", "::", ":", "@", " ")), SECRETS).map(
    "".join
)
QUERIES = st.lists(
    st.tuples(st.sampled_from(("sig", "X-Amz-Signature", "", "?", "a::b")), SECRETS), max_size=3
)


@st.composite
def secret_urls(draw):
    """A URL with secrets, however odd; and the secrets."""
    user, password = draw(SECRETS), draw(PASSWORDS)
    queries = draw(QUERIES)
    secrets = [user, password, *(value for _, value in queries)]
    if draw(st.booleans()):
        user, password = quote(user, safe=""), quote(password, safe="")
    if draw(st.booleans()):
        queries = [(name, quote_plus(value)) for name, value in queries]
    query = "?" + "&".join(f"{name}={value}" for name, value in queries) if queries else ""
    if draw(st.booleans()):
        fragment = draw(SECRETS)
        secrets.append(fragment)
        query += f"#x={fragment}"
    slashes = draw(st.sampled_from(("://", "://", "://", ":\\\\", ":/")))
    chain = draw(st.sampled_from(("", "", "zip://a.log::", "simplecache::")))
    path = draw(st.sampled_from(("/a.log", "/logs/", "/a b'c.log", "/*.log", "")))
    scheme = draw(st.sampled_from(SCHEMES))
    return f"{chain}{scheme}{slashes}{user}:{password}@{CLOSED}{path}{query}", secrets


def forms_of(secret):
    """A secret as one library or another may write it."""
    plain = unquote_plus(secret)
    for text in {secret, plain, " ".join(plain.split())}:
        yield from (text, quote(text), quote(text, safe=""), quote_plus(text), repr(text)[1:-1])
        yield from (json.dumps(text)[1:-1], html.escape(text), repr(text.encode())[2:-1])
        yield quote(quote(text, safe=""), safe="").replace("%25", "%")


def parts_of(secret):
    """The parts of a secret between what separates the parts of a URL."""
    return [part for part in re.split(r"[@:/\\?#&;]+", secret) if len(part.strip()) >= 6]


@given(SECRETS, st.text(max_size=20), st.text(max_size=20))
def test_a_secret_is_hidden_in_every_form(secret, before, after):
    _Secrets.known = ()
    hide([secret])
    for form in forms_of(secret):
        assert form not in without_credentials(f"{before} {form} {after}")


@given(secret_urls())
@example(("http://user12:pass/word@h/a.log?x=(zqzqzq)", ["user12", "pass/word", "zqzqzq"]))
def test_the_name_of_a_url_has_nothing_secret(typed):
    url, secrets = typed
    name = take_apart(url).name
    assert not [secret for secret in secrets if secret in name or unquote_plus(secret) in name]
    assert CLOSED in name or "h/" in name


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "a.log").write_bytes(combined() + b"\n")
    assert _run(["scan", str(folder / "a.log"), "-o", str(folder / "t.parquet"), "-q"]) == 0
    return folder / "t.parquet"


@at_most(60, phases=QUICK, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret_urls(), st.booleans())
def test_no_output_of_any_command_has_a_secret(table, capsys, monkeypatch, typed, debug):
    monkeypatch.chdir(table.parent)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    url, secrets = typed
    capsys.readouterr()
    for arguments in (
        ("scan", url),
        ("show", url),
        ("merge", str(table), url, "-o", "m.parquet"),
        ("scan", "a.log", f"--output={url}", "-q"),
        ("scan", "a.log", "--rejects", url, "-q"),
        ("scan", "a.log", "--path", url),
    ):
        if "://" not in url and arguments[-1] == "-q":
            continue  # a file of that name
        with stamina.set_testing(testing=True, attempts=1):
            _run([*arguments[:1], *["--debug"][:debug], *arguments[1:]])
        captured = capsys.readouterr()
        shown = captured.out + captured.err
        for part in (part for secret in secrets for part in parts_of(secret)):
            assert not [form for form in forms_of(part) if form in shown], (part, shown)
    assert not [path for path in table.parent.iterdir() if "zq" in path.name]


def test_no_table_ledger_or_temporary_file_has_a_secret(tmp_path, run_command):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_bytes(combined() + b"\nx /robots.txt\n")
    with http_server(tmp_path / "logs") as address:
        host = address.removeprefix("http://")
        urls = [f"http://zquser:zqpass@{host}/a.log?sig=zq{n}signature#zqfragment" for n in "12"]
        for more in ((), ("--update",), ("--shards", "2")):
            output = f"t{len(more)}.parquet" if "--shards" not in more else "shards"
            done = run_command("scan", *urls, "-o", output, "--rejects", "r.parquet", *more)
            assert done.returncode == 0
            assert "zq" not in done.stdout + done.stderr
        shown = run_command("show", "t1.parquet", "--sources")
        assert "zq" not in shown.stdout
        assert f"http://{host}/a.log#2" in shown.stdout
    assert not [path for path in tmp_path.rglob("*") if "zq" in path.name]
    for path in tmp_path.rglob("*.parquet"):
        if path.is_file():
            assert b"zq" not in path.read_bytes()
            assert "zq" not in str(pq.read_table(path).to_pydict())
    table = pq.read_table(tmp_path / "t0.parquet")
    assert table["requests"].to_pylist() == [2]
    fsspec.get_filesystem_class("http").clear_instance_cache()


@pytest.mark.parametrize(
    "address",
    [f"tcp://zquser1:zqpass/wd@{CLOSED}", f"tls://{CLOSED}?key=zqsecret", "tcp://zq:zqpassword"],
)
def test_the_address_of_a_scheduler_is_shown_without_secrets(address):
    with (
        pytest.raises(ClusterError) as caught,
        open_client(address, 1, connect_timeout=0.2, worker_timeout=1),
    ):
        pass
    for secret in ("zquser1", "zqpass/wd", "zqsecret"):
        assert secret not in str(caught.value)


def test_nothing_that_is_sent_to_a_worker_shows_a_secret():
    url = "http://zquser:zqpassword@host/logs/a.log?sig=zqsignature"
    stored = placed(url)
    assert "zq" not in repr(stored) + repr(stored.root) + stored.name
    assert stored.root.url == url


# Runs the command with a library that warns and logs, as libraries do.
NOISY = """
import logging, sys, threading, warnings
import findrobots.cli.main as main
run = main._run
def noisy(arguments):
    warnings.warn("http://me:zqpassword@host/a")
    class Broken:
        def __del__(self):
            raise OSError("zqpassword")
    Broken()
    return run(arguments)
main._run = noisy
sys.argv[1:] = ["formats"]
main.main()
"""


def test_python_warns_nobody_unless_it_is_asked_to(tmp_path):
    def stderr_of(*options):
        return subprocess.run(
            [sys.executable, *options, "-c", NOISY],
            cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        ).stderr  # fmt: skip

    assert stderr_of() == ""
    assert "UserWarning" in stderr_of("-W", "default")


@pytest.mark.parametrize("letter", ["\\", " ", "+", "%", "%25", "a", "'", "\\\\x61"])
def test_looking_for_a_secret_takes_linear_time(letter):
    hide([letter * 40, f"a{letter * 40}b"])
    text = letter * 1_000_000
    began = time.process_time()
    without_credentials(text[:100_000])
    without_credentials(text)
    assert time.process_time() - began < 5


def test_a_thousand_secrets_are_forgotten_in_turn():
    for number in range(1000):
        hide([f"zqsecret{number:04}"])
    assert without_credentials("zqsecret0999 zqsecret0000") == "*** zqsecret0000"
