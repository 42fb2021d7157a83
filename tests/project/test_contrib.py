"""What contrib/ has for systemd, cron, logrotate and containers is valid, and its commands run."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor

import pyarrow.parquet as pq
import pytest
from support.project import PROJECT
from support.samples import combined, write_logs

CONTRIB = PROJECT / "contrib"
SYSTEM_PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
COMMAND = "/opt/findrobots/bin/findrobots"
UNITS = sorted((CONTRIB / "systemd").iterdir())
TIMERS = [unit for unit in UNITS if unit.suffix == ".timer"]
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]


@pytest.fixture
def machine(tmp_path):
    """A folder that has what contrib/ expects of a machine, and how its paths are written there."""
    write_logs(tmp_path / "var/log/nginx")
    command = tmp_path / "opt/findrobots/bin/findrobots"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m findrobots "$@"\n')
    command.chmod(0o755)
    (tmp_path / "var/lib/findrobots").mkdir(parents=True)
    (tmp_path / "etc").mkdir()
    (tmp_path / "run").mkdir()
    config = (CONTRIB / "findrobots.toml").read_text()
    (tmp_path / "etc/findrobots.toml").write_text(here(config, tmp_path))
    return tmp_path


def here(text, folder):
    """Return a text with the paths of a machine below a folder."""
    return re.sub(r"(?<![\w/.])/(?=(?:opt|etc|run|var)/)", f"{folder}/", text)


def run(command, folder):
    return subprocess.run(
        ["sh", "-c", here(command, folder)],
        cwd=folder,
        env={**os.environ, "XDG_DATA_HOME": str(folder / "var/lib")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def cron_commands():
    for line in (CONTRIB / "cron/findrobots").read_text().splitlines():
        if not line.startswith("#") and " " in line:
            *schedule, user, command = line.split(maxsplit=6)
            yield schedule, user, command


def requests(folder):
    return sum(
        pq.read_table(folder / "var/lib/findrobots/site/visits.parquet")["requests"].to_pylist()
    )


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_the_units_are_valid(machine):
    units = machine / "units"
    units.mkdir()
    for unit in UNITS:
        (units / unit.name).write_text(here(unit.read_text(), machine))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(units.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )
    about = [
        line for line in done.stderr.splitlines() if str(units) in line or "findrobots" in line
    ]
    assert (done.returncode, about) == (0, [])


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
@pytest.mark.parametrize(
    "schedule",
    [
        re.search(r"OnCalendar=(.*)", unit.read_text())[1]
        for unit in UNITS
        if unit.suffix == ".timer"
    ],
)
def test_the_timers_have_a_next_time(schedule):
    subprocess.run(["systemd-analyze", "calendar", schedule], check=True, capture_output=True)


@pytest.mark.parametrize("service", SERVICES, ids=lambda unit: unit.name)
def test_each_service_has_a_timer_and_the_same_user(service):
    assert service.with_suffix(".timer") in UNITS
    text = service.read_text()
    assert "\nUser=findrobots\n" in text
    assert "\nStateDirectory=findrobots\n" in text


@pytest.mark.slow
def test_the_service_audits_the_logs_and_then_adds_new_lines(machine):
    command = re.search(r"ExecStart=(.*)", (CONTRIB / "systemd/findrobots.service").read_text())[1]
    first = run(command, machine)
    assert (first.returncode, first.stdout) == (0, "")
    count = requests(machine)
    log = machine / "var/log/nginx/new.log"
    log.write_bytes(combined(host="198.51.100.7") + b"\n")
    assert run(command, machine).returncode == 0
    assert requests(machine) == count + 1


@pytest.mark.slow
def test_two_runs_at_the_same_time_do_not_collide(machine):
    _, _, command = next(cron_commands())
    with ThreadPoolExecutor(2) as pool:
        done = [*pool.map(lambda _: run(command, machine), range(2))]
    assert [(each.returncode, each.stdout, each.stderr) for each in done] == [(0, "", "")] * 2
    count = requests(machine)
    assert run(command, machine).returncode == 0
    assert requests(machine) == count


def test_the_lines_of_cron_have_a_schedule_a_user_and_a_command():
    lines = [*cron_commands()]
    assert len(lines) == 2
    for schedule, user, command in lines:
        assert all(re.fullmatch(r"[\d*/,-]+", field) for field in schedule)
        assert user == "findrobots"
        assert command.startswith(f"{COMMAND} --config ")
        assert "%" not in command  # crontab(5): a newline


@pytest.mark.parametrize("arguments", [["lists", "update", "--help"], ["config"]])
def test_the_configuration_is_valid(machine, arguments):
    done = run(f"{COMMAND} --config /etc/findrobots.toml {' '.join(arguments)}", machine)
    assert (done.returncode, done.stderr) == (0, "")


LOGROTATE = shutil.which("logrotate", path=SYSTEM_PATH)


@pytest.mark.skipif(not LOGROTATE, reason="logrotate is not installed")
def test_logrotate_starts_the_audit_after_it_has_rotated_the_logs(machine):
    text = here((CONTRIB / "logrotate/findrobots").read_text(), machine)
    text = text.replace("create 0640 www-data adm", "create 0640")
    (machine / "rotate.conf").write_text(text)
    (machine / "rotate.conf").chmod(0o644)
    (machine / "var/log/nginx").chmod(0o755)
    programs = machine / "programs"
    programs.mkdir()
    (programs / "systemctl").write_text(f'#!/bin/sh\necho "$@" >> {machine}/started\n')
    (programs / "systemctl").chmod(0o755)
    rotate = [LOGROTATE, "-s", machine / "state", machine / "rotate.conf"]
    environment = {**os.environ, "PATH": f"{programs}:{SYSTEM_PATH}"}
    dry = subprocess.run(
        [*rotate, "-d"], env=environment, capture_output=True, text=True, check=True
    )
    assert "error:" not in dry.stderr
    assert not (machine / "started").exists()
    subprocess.run([*rotate, "-f"], env=environment, check=True, capture_output=True)
    assert (machine / "started").read_text() == "start --no-block findrobots.service\n"
    assert [*(machine / "var/log/nginx").glob("*.log.1")]


def test_the_container_copies_what_there_is_and_installs_extras_that_exist():
    text = (CONTRIB / "container/Containerfile").read_text()
    for sources in re.findall(r"^COPY (?!--)(.*) \S+$", text, re.MULTILINE):
        assert all((PROJECT / source).exists() for source in sources.split())
    extras = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    named = {name for each in re.findall(r"\[([\w,]+)\]'", text) for name in each.split(",")}
    assert named
    assert named <= extras.keys()


def test_each_file_is_named_by_the_page_that_explains_it():
    page = (PROJECT / "docs/how-to/cron-and-systemd.md").read_text()
    for file in CONTRIB.rglob("*"):
        if file.is_file():
            assert str(file.relative_to(PROJECT)) in page, file
