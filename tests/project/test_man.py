"""The man pages are those of the commands, and groff and man render them."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
from findrobots.cli.main import cli
from support.project import PROJECT

PAGES = sorted((PROJECT / "man").glob("*.1"))
needs_groff = pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
needs_man = pytest.mark.skipif(not shutil.which("man"), reason="man is not installed")


def test_the_pages_are_current():
    script = str(PROJECT / "docs/generate_man.py")
    code = f"import json, runpy; print(json.dumps(runpy.run_path({script!r})['render_pages']()))"
    # A process of its own: click remembers with which options a command was first asked for help.
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "COLUMNS": "40"},
        capture_output=True,
        text=True,
        check=True,
    )
    written = json.loads(done.stdout)
    assert {path.name: path.read_text() for path in PAGES} == written


def test_each_command_has_a_page():
    names = {path.stem for path in PAGES}
    commands = {f"findrobots-{name}" for name in cli.commands}
    updates = {"findrobots-lists-update"}
    assert names == {"findrobots", *commands, *updates}


@needs_groff
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_groff_has_nothing_to_warn_of(page):
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-z", page], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""


@needs_man
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
@pytest.mark.parametrize("columns", [60, 100])
def test_man_renders_each_option_of_the_command(page, columns):
    environment = {**os.environ, "MANWIDTH": str(columns), "LC_ALL": "C.UTF-8", "MANPAGER": "cat"}
    done = subprocess.run(
        ["man", "-l", page], env=environment, capture_output=True, text=True, check=True
    )
    text = re.sub(r".\x08", "", done.stdout)
    command = cli
    for name in page.stem.split("-")[1:]:
        command = command.commands[name]
    assert all(opt in text for param in command.params for opt in param.opts if opt[0] == "-")
    assert text.index("NAME") < text.index("SYNOPSIS") < text.index("OPTIONS")
    assert text.index("OPTIONS") < text.index("EXIT STATUS") < text.index("SEE ALSO")


def test_the_pages_are_installed_where_man_looks_for_them():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    assert project["tool"]["setuptools"]["data-files"] == {"share/man/man1": ["man/*.1"]}
