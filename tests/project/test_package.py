"""What the distribution installs, seen from a folder that is not the checkout."""

import subprocess
import sys

import pytest
from support.project import PROJECT


def run(folder, *arguments):
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_no_module_pipeline_is_installed(tmp_path):
    code = "import importlib.util as util; print(util.find_spec('pipeline'))"
    assert run(tmp_path, "-c", code) == "None\n"


@pytest.mark.slow
def test_a_users_own_pipeline_py_does_no_harm(tmp_path, logs):
    (tmp_path / "pipeline.py").write_text("raise SystemExit('the wrong module was imported')")
    hosts = run(tmp_path, "-m", "findrobots", "scan", logs, "-q", "--scheduler", "processes")
    assert hosts.split() == ["192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1"]


@pytest.mark.slow
@pytest.mark.parametrize("script", [["pipeline"], ["-m", "findrobots"]])
def test_the_pipeline_script_is_the_command(script):
    assert run(PROJECT, *script, "--version").startswith("findrobots ")
    assert run(PROJECT, *script, "scan", "data/logs", "-q") == run(
        PROJECT, "-m", "findrobots", "scan", "data/logs", "-q"
    )
