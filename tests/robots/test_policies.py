import os
import pickle
import subprocess
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest
from findrobots.errors import OutputError, UnreachableError
from findrobots.jobs.policies import write_policies
from findrobots.robots.errors import PolicyDateError, PolicyOverlapError, PolicyReadError
from findrobots.robots.policies import (
    MAX,
    MIN,
    Policies,
    Policy,
    date_text,
    dated_name,
    load_policies,
    read_date,
)
from findrobots.robots.rules import PARSING_LIMIT, RobotsTxt
from hypothesis import given
from hypothesis import strategies as st
from support.examples import at_most
from support.servers import LOOPBACK, served

DAY = 86_400_000_000
SECOND = 1_000_000
APRIL_24 = 1_745_452_800_000_000  # 2025-04-24, midnight UTC


def intervals(policies):
    return [(each.begin, each.end, each.content.content) for each in policies]


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def write(folder, **files):
    for name, content in files.items():
        (folder / name).write_bytes(content)


# Dates.


@pytest.mark.parametrize(
    ("text", "time", "rest"),
    [
        ("2025-04-24", APRIL_24, ""),
        ("2025-04-24.txt", APRIL_24, ".txt"),
        ("2025-04-24-robots.txt", APRIL_24, "-robots.txt"),
        ("2025-04-24T1200.txt", APRIL_24 + DAY // 2, ".txt"),
        ("2025-04-24T12:00", APRIL_24 + DAY // 2, ""),
        ("2025-04-24T120001.txt", APRIL_24 + DAY // 2 + SECOND, ".txt"),
        ("2025-04-24T12:00:01Z", APRIL_24 + DAY // 2 + SECOND, ""),
    ],
)
def test_a_text_begins_with_a_date(text, time, rest):
    assert read_date(text) == (time, rest)


@pytest.mark.parametrize("text", ["robots.txt", "", "old-2025-04-24.txt", "20250424.txt"])
def test_a_text_that_does_not_begin_as_a_date_does_is_none(text):
    assert read_date(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("2025-02-30.txt", "2025-13-01", "2025-04-24T25:00", "2025-04-24T12.txt", "2025-04.txt"),
        *(
            "2025-04-24T12007",
            "2025-04-2411",
            "2025-04-24Tea",
            "2025-04-24T12:00:6",
        ),
    ],
)
def test_a_date_that_is_not_valid_is_refused_and_not_cut(text):
    with pytest.raises(ValueError, match=r"date|day|month|hour|time|out of range"):
        read_date(text)


@given(st.integers(0, 4_000_000_000))
def test_the_name_of_a_time_is_read_as_that_time(second):
    assert read_date(dated_name(second * SECOND)) == (second * SECOND, ".txt")
    assert read_date(date_text(second * SECOND)) == (second * SECOND, "")


# Intervals.

TIMES = st.integers(0, 30)
SPANS = st.lists(st.tuples(TIMES, st.sampled_from("abc ")), max_size=6)


def policies_of(spans):
    """Return adjacent policies with gaps (a space) between, and what is in force at each time."""
    starts = sorted(dict(spans).items())
    found, at = [], dict.fromkeys(range(-2, 40))
    for (begin, letter), (end, _) in pairwise([*starts, (35, "")]):
        for moment in range(begin, end):
            at[moment] = letter.strip() or None
        if letter.strip():
            found.append(Policy(begin, end, RobotsTxt(letter.encode()), letter))
    return Policies(found), at


@given(SPANS, st.integers(-1, 36))
def test_at_a_time_the_policy_in_force_is_found(spans, moment):
    policies, at = policies_of(spans)
    found = policies.at(moment)
    assert (found and found.label) == at[moment]


@given(SPANS, st.integers(-1, 36), st.integers(0, 20))
def test_of_a_span_all_policies_in_force_are_found_and_each_gap(spans, begin, length):
    policies, at = policies_of(spans)
    end = min(begin + length, 39)
    inside = [at[moment] for moment in range(begin, end + 1)]
    found, known = policies.between(begin, end)
    assert known is (None not in inside)
    assert {each.label for each in found} == {*inside} - {None}


def test_the_end_of_a_policy_does_not_belong_to_it():
    policies = Policies([Policy(10, 20, RobotsTxt(b""), "a")])
    assert policies.between(10, 19)[1]
    assert not policies.between(10, 20)[1]
    assert not policies.between(9, 19)[1]
    assert policies.between(20, 25) == ([], False)


@given(SPANS)
def test_edges_are_the_times_at_which_something_changes(spans):
    policies, at = policies_of(spans)
    edges = policies.edges()
    assert edges[0][0] == MIN
    assert [time for time, _ in edges] == sorted({time for time, _ in edges})
    for moment in range(37):
        latest = [policy for time, policy in edges if time <= moment][-1]
        assert (latest and latest.label) == at[moment]


def test_policies_that_overlap_are_refused():
    a, b = (Policy(begin, begin + 2, RobotsTxt(b""), f"policy {begin}") for begin in (0, 1))
    with pytest.raises(PolicyOverlapError, match="policy 0 and policy 1 overlap"):
        Policies([b, a])


def test_policies_survive_pickle():
    policies, _ = policies_of([(1, "a"), (4, " "), (9, "b")])
    assert pickle.loads(pickle.dumps(policies)) == policies  # noqa: S301 (pickled here)
    assert hash(pickle.loads(pickle.dumps(policies))) == hash(policies)  # noqa: S301


# Files and directories.


def test_a_file_is_in_force_at_all_times_and_a_note_says_so(tmp_path):
    write(tmp_path, **{"robots.txt": b"a"})
    policies = load_policies([str(tmp_path / "robots.txt")])
    assert intervals(policies) == [(MIN, MAX, b"a")]
    assert policies.notes == (f"{tmp_path}/robots.txt is taken to have been in force at all times",)


def test_dated_files_are_in_force_until_the_next_one(tmp_path):
    write(tmp_path, a=b"a", b=b"b")
    specs = [f"2025-04-25={tmp_path}/b", f"2025-04-24={tmp_path}/a"]
    policies = load_policies(specs)
    assert intervals(policies) == [
        (APRIL_24, APRIL_24 + DAY, b"a"),
        (APRIL_24 + DAY, MAX, b"b"),
    ]
    assert [each.label for each in policies] == ["2025-04-24", "2025-04-25"]
    assert policies.notes == ()
    assert policies.at(APRIL_24 - 1) is None


def test_a_directory_of_dated_files(tmp_path):
    write(tmp_path, **{"2025-04-25T1200.txt": b"b", "2025-04-24.txt": b"a", "notes": b"c"})
    (tmp_path / "2025-04-26.unknown").touch()
    assert intervals(load_policies([str(tmp_path)])) == [
        (APRIL_24, APRIL_24 + DAY * 3 // 2, b"a"),
        (APRIL_24 + DAY * 3 // 2, APRIL_24 + 2 * DAY, b"b"),
    ]


def test_dates_and_a_directory_make_one_history(tmp_path):
    (tmp_path / "old").mkdir()
    write(tmp_path / "old", **{"2025-04-24.txt": b"a"})
    write(tmp_path, new=b"b")
    policies = load_policies([f"2025-04-25={tmp_path}/new", str(tmp_path / "old")])
    assert [content for _, _, content in intervals(policies)] == [b"a", b"b"]


def test_policies_may_be_those_of_one_virtual_host(tmp_path):
    write(tmp_path, a=b"")
    assert load_policies([str(tmp_path / "a")], vhost="example.com").vhost == "example.com"


def test_of_a_large_file_no_more_is_kept_than_is_parsed(tmp_path):
    write(tmp_path, a=b"x" * (2 * PARSING_LIMIT))
    (policy,) = load_policies([str(tmp_path / "a")])
    assert len(policy.content.content) == PARSING_LIMIT + 1


@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [
        ("none.txt", PolicyReadError, "Cannot read robots.txt from none.txt: No such file or "),
        ("2025-04-24=none", PolicyReadError, "from none: No such file or directory"),
        ("2025-04-31=a", PolicyDateError, "2025-04-31=a: '2025-04-31' is not a valid date"),
        ("2025-04-24T12:00x=a", PolicyDateError, "'2025-04-24T12:00x' is not a valid date"),
        ("fifo", PolicyReadError, "from fifo: it is not a regular file"),
        ("undated", PolicyDateError, "undated: no file in this directory has a name that"),
        ("wrong", PolicyDateError, "wrong/2025-02-30.txt: its name does not begin with a valid"),
        ("a\0b", PolicyReadError, r"from a\x00b: "),
        ("git:a", PolicyReadError, "it names no repository or no path in it"),
        ("git:none:robots.txt", PolicyReadError, "there is no directory 'none'"),
        ("git:undated:robots.txt", PolicyReadError, "not a git repository"),
        *(
            pytest.param(url, UnreachableError, "Cannot be reached", marks=pytest.mark.slow)
            for url in ("http://127.0.0.1:1/robots.txt", "https:///robots.txt")  # tried again
        ),
    ],
)
def test_what_cannot_be_read_has_one_clear_line(spec, error, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    write(tmp_path, a=b"")
    os.mkfifo("fifo")
    for name, file in (("undated", "robots.txt"), ("wrong", "2025-02-30.txt")):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).touch()
    with pytest.raises(error) as raised:
        load_policies([spec])
    assert message in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        (["a", "b"], "a and b overlap: both would be in force at all times."),
        (["a", "2025-04-24=b"], "a and 2025-04-24=b overlap: both would be in force from 2025-"),
        (["2025-04-24=b", "2025-04-24T00:00=a"], "from 2025-04-24 on"),
        (["2025-04-24T12:00=b", "2025-04-24T1200=a"], "from 2025-04-24T12:00:00 on"),
    ],
)
def test_dates_that_overlap_are_refused(specs, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, a=b"a", b=b"b")
    with pytest.raises(PolicyOverlapError) as raised:
        load_policies(specs)
    assert message in str(raised.value)


def test_the_same_content_twice_is_no_overlap(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, a=b"a")
    assert len(load_policies(["2025-04-24=a", "2025-04-24T00:00=a"])) == 1


# Git.


class Repository:
    """A git repository whose commits have the times that a test gives."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments, second=0):
        date = f"@{second} +0000"
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_COMMITTER_DATE": date,
            "GIT_AUTHOR_DATE": "@1 +0000",
        }
        command = ["git", "-C", str(self.folder), *identity, "-c", "commit.gpgSign=false"]
        subprocess.run([*command, *arguments], check=True, capture_output=True, env=environment)

    def commit(self, second, content, path="robots.txt"):
        file = self.folder / path
        file.parent.mkdir(exist_ok=True)
        if content is None:
            file.unlink()
        else:
            file.write_bytes(content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "x", second=second)


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path / "site")


def history(repository, path="robots.txt"):
    policies = load_policies([f"git:{repository.folder}:{path}"])
    return [(begin // SECOND, end // SECOND, text) for begin, end, text in intervals(policies)]


LAST = MAX // SECOND


def test_each_commit_of_a_repository_is_in_force_until_the_next_one(repository):
    repository.commit(100, b"a")
    repository.commit(200, b"x", "other.txt")
    repository.commit(300, b"b")
    assert history(repository) == [(100, 300, b"a"), (300, LAST, b"b")]
    (policy, _) = load_policies([f"git:{repository.folder}:robots.txt"])
    assert policy.label.startswith("1970-01-01T00:01:40 (commit ")


def test_a_file_that_is_removed_leaves_a_gap(repository):
    repository.commit(100, b"a")
    repository.commit(200, None)
    repository.commit(300, b"a")
    assert history(repository) == [(100, 200, b"a"), (300, LAST, b"a")]


def test_a_path_may_be_in_a_directory_and_have_any_characters(repository):
    repository.commit(100, b"a", "public/robots [1]*.txt")
    repository.commit(200, b"b", "public/robots 1x.txt")
    assert history(repository, "public/robots [1]*.txt") == [(100, LAST, b"a")]
    repository.folder /= "public"
    assert history(repository, "robots [1]*.txt") == [(100, LAST, b"a")]


def test_a_merge_counts_from_its_own_time(repository):
    repository.commit(100, b"a")
    repository.git("checkout", "--quiet", "-b", "work")
    repository.commit(200, b"b")
    repository.git("checkout", "--quiet", "main")
    repository.commit(300, b"x", "other.txt")
    repository.git("merge", "--quiet", "--no-ff", "-m", "x", "work", second=400)
    assert history(repository) == [(100, 400, b"a"), (400, LAST, b"b")]


def test_where_a_clock_was_wrong_there_is_a_gap(repository):
    repository.commit(100, b"a")
    repository.commit(300, b"b")
    repository.commit(200, b"c")
    repository.commit(400, b"d")
    assert history(repository) == [(100, 200, b"a"), (300, 400, b"c"), (400, LAST, b"d")]


def test_of_commits_within_a_second_the_last_one_counts(repository):
    repository.commit(100, b"a")
    repository.commit(100, b"b")
    assert history(repository) == [(100, LAST, b"b")]


def test_a_link_is_no_robots_txt(repository):
    repository.commit(100, b"a")
    (repository.folder / "robots.txt").unlink()
    (repository.folder / "robots.txt").symlink_to("/etc/passwd")
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "-m", "x", second=200)
    assert history(repository) == [(100, 200, b"a")]


@pytest.mark.parametrize("path", ["none.txt", "public", "--output=x", "pub*/robots.txt"])
def test_a_path_that_no_commit_has_is_an_error(repository, path):
    repository.commit(100, b"a", "public/robots.txt")
    with pytest.raises(PolicyReadError, match="no commit of the current branch has this path"):
        history(repository, path)
    assert not (repository.folder / "x").exists()


def test_a_repository_without_commits_is_an_error(repository):
    with pytest.raises(PolicyReadError, match="HEAD"):
        history(repository)


def test_a_repository_is_the_one_that_is_named(repository, tmp_path, monkeypatch):
    repository.commit(100, b"a")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "other"))
    assert history(repository) == [(100, LAST, b"a")]


def test_without_the_program_git_there_is_an_error(repository, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PolicyReadError, match="the program git cannot be run"):
        history(repository)


def test_a_large_file_in_a_repository_is_read_up_to_the_limit(repository):
    repository.commit(100, b"x" * (2 * PARSING_LIMIT))
    repository.commit(200, b"b")
    assert [(len(text), text[:1]) for *_, text in history(repository)] == [
        (PARSING_LIMIT + 1, b"x"),
        (1, b"b"),
    ]


# URLs.


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(self.server.status)
        if self.server.modified:
            self.send_header("Last-Modified", self.server.modified)
        self.end_headers()
        self.wfile.write(self.server.content)

    def log_message(self, *_):
        pass


@pytest.fixture
def site():
    server = ThreadingHTTPServer((LOOPBACK, 0), Site)
    server.status, server.modified, server.content = 200, None, b"a"
    with served(server) as address:
        server.url = f"{address}/robots.txt"
        yield server


def test_what_a_site_serves_is_in_force_since_its_last_modified(site):
    site.modified = formatdate(1_745_452_800, usegmt=True)
    before = int(time.time())
    policies = load_policies([site.url])
    ((begin, end, content),) = intervals(policies)
    assert (begin, content) == (APRIL_24, b"a")
    assert before <= end // SECOND <= time.time() + 1
    assert policies.notes == ()


@pytest.mark.parametrize(
    "modified",
    [None, "yesterday", formatdate(time.time() + 10**6)],
    ids=["missing", "not a date", "in the future"],
)
def test_without_a_last_modified_it_is_known_only_as_of_now(site, modified):
    site.modified = modified
    policies = load_policies([site.url])
    ((begin, end, _),) = intervals(policies)
    assert end - begin == SECOND
    assert "known only as of now" in policies.notes[0]


def test_a_dated_file_is_in_force_until_a_site_changed_it(site, tmp_path):
    site.modified = formatdate(1_745_452_800, usegmt=True)
    write(tmp_path, old=b"old", new=b"new")
    policies = load_policies([f"2025-04-01={tmp_path}/old", site.url])
    assert [content for *_, content in intervals(policies)] == [b"old", b"a"]
    with pytest.raises(PolicyOverlapError):
        load_policies([f"2025-05-01={tmp_path}/new", site.url])


@pytest.mark.parametrize("status", [403, 404])
def test_a_site_that_does_not_serve_it_is_an_error(site, status):
    site.status = status
    with pytest.raises(UnreachableError, match=str(status)):
        load_policies([site.url])


def test_of_a_large_answer_no_more_is_read_than_is_parsed(site):
    site.content = b"x" * (2 * PARSING_LIMIT)
    (policy,) = load_policies([site.url])
    assert len(policy.content.content) == PARSING_LIMIT + 1


# Written files.


@at_most(20)  # each file is flushed to disk
@given(SPANS)
def test_written_files_are_read_as_the_same_intervals(tmp_path_factory, spans):
    folder = tmp_path_factory.mktemp("policies")
    policies, _ = policies_of(spans)
    policies = Policies(
        Policy(each.begin * SECOND, each.end * SECOND, each.content, "") for each in policies
    )
    names = write_policies(policies, str(folder))
    assert names_in(folder) == sorted(names)
    if names:
        assert intervals(load_policies([str(folder)])) == intervals(policies)


def test_the_command_writes_the_history_of_a_repository(repository, run_command, tmp_path):
    repository.commit(1_745_496_000, b"a")
    repository.commit(1_745_496_060, None)
    for _ in range(2):
        done = run_command("policies", f"git:{repository.folder}:robots.txt", "-o", "written")
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr.splitlines()[1:] == ["written: 2 files written"]
    assert names_in(tmp_path / "written") == [
        "2025-04-24T120000.txt",
        "2025-04-24T120100.unknown",
    ]
    assert (tmp_path / "written/2025-04-24T120000.txt").read_bytes() == b"a"


def test_a_directory_with_another_history_is_refused(tmp_path):
    policies, _ = policies_of([(1, "a")])
    write(tmp_path, **{"2025-04-24.txt": b"a"})
    with pytest.raises(OutputError, match=r"contains 2025-04-24\.txt, which is not a version"):
        write_policies(policies, str(tmp_path))


def test_what_has_no_date_cannot_be_written_as_a_dated_file(tmp_path):
    always = Policies([Policy(MIN, MAX, RobotsTxt(b""), "robots.txt")])
    with pytest.raises(PolicyDateError, match=r"robots\.txt: it has no date"):
        write_policies(always, str(tmp_path))


def test_wrong_use_of_the_command_exits_with_2_and_one_line(run_command):
    done = run_command("policies", "2025-02-30=a", "-o", "b")
    assert done.returncode == 2
    assert done.stderr.startswith("findrobots: 2025-02-30=a: '2025-02-30' is not a valid date.")
    assert done.stderr.count("\n") == 1
