"""The commands in the README and in docs/, run as they stand there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.project import PROJECT
from support.samples import combined

pytestmark = pytest.mark.slow

PAGES = ["README.md", "docs/host-table.md"]
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CI = (PROJECT / ".ci/run").read_text().splitlines()


@pytest.fixture
def checkout(tmp_path):
    """A folder with the sample logs, and the tables that the README's scans of them write."""
    shutil.copytree(PROJECT / "data", tmp_path / "data")
    (tmp_path / "web2.log").write_bytes(combined() + b"\n")
    for logs, table in (("data/logs", "robots.parquet"), ("web2.log", "web2.parquet")):
        run(["findrobots", "scan", logs, "-o", table, "--quiet"], tmp_path)
    run(["findrobots", "scan", "data/logs", "-o", "robots", "--shards", "4", "-q"], tmp_path)
    return tmp_path


def run(command, folder):
    scripts = Path(sys.executable).parent
    path = f"{scripts}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )


def commands():
    for page in PAGES:
        for language, block in BLOCK.findall((PROJECT / page).read_text()):
            if language == "python":
                yield pytest.param([sys.executable, "-c", block], id=f"{page} python")
                continue
            for line in block.splitlines():
                if line.startswith("make "):
                    assert line in CI
                else:
                    yield pytest.param(["bash", "-euo", "pipefail", "-c", line], id=line)


@pytest.mark.parametrize("command", list(commands()))
def test_a_command_works_as_it_stands(command, checkout):
    done = run(command, checkout)
    assert done.stdout or "written" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_line_that_an_offset_leads_to_asks_for_robots_txt(checkout):
    command = re.search(r"^zcat .*$", (PROJECT / "docs/host-table.md").read_text(), re.MULTILINE)
    assert '"GET /robots.txt' in run(["bash", "-c", command[0]], checkout).stdout


def test_links_lead_somewhere():
    for page in [*PROJECT.glob("*.md"), *PROJECT.glob("docs/*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
