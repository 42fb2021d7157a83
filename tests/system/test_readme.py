"""The commands and scripts in README.md and docs/ work as they are, and the links lead somewhere.

Blocks fenced as `sh` or `python` are run; those of other machines and all output are fenced
otherwise. The tutorial's blocks are run one after another in a folder with nothing but the sample
logs, every other block in a folder of its own that also has the tables of the README's scans.
"""

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

TUTORIAL = PROJECT / "docs" / "tutorial.md"
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#]*)(?:#([^)]*))?\)")
CI = (PROJECT / ".ci/run").read_text().splitlines()


def blocks():
    """Yield each block with the page and the line that it begins at, the tutorial's left out."""
    for page in PAGES:
        text = page.read_text()
        for block in BLOCK.finditer(text) if page != TUTORIAL else ():
            line = text.count("\n", 0, block.start()) + 1
            yield pytest.param(*block.groups(), id=f"{page.relative_to(PROJECT)}:{line}")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A folder with the sample logs, and the tables that the README's scans of them write."""
    folder = tmp_path_factory.mktemp("prepared")
    shutil.copytree(PROJECT / "data", folder / "data")
    (folder / "web2.log").write_bytes(combined() + b"\n")
    for logs, table in (("data/logs", "robots.parquet"), ("web2.log", "web2.parquet")):
        run_program(["findrobots", "scan", logs, "-o", table, "--quiet"], folder)
    scan = ["findrobots", "scan", "data/logs", "-o", "robots", "--shards", "4", "--quiet"]
    run_program(scan, folder)
    return folder


@pytest.fixture
def folder(prepared, tmp_path):
    return shutil.copytree(prepared, tmp_path / "checkout")


def run_program(command, folder):
    scripts = Path(sys.executable).parent
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def run_block(language, block, folder):
    """Run a block as a reader does: Python as a script, all else in a shell."""
    if language == "python":
        (folder / "script.py").write_text(block)
        done = run_program([sys.executable, "script.py"], folder)
    else:
        # The targets of make are run by CI itself.
        makes = [line for line in block.splitlines() if line.startswith("make ")]
        assert set(makes) <= set(CI)
        block = "\n".join(line for line in block.splitlines() if line not in makes)
        done = run_program(["bash", "-euo", "pipefail", "-c", block], folder)
    assert done.returncode == 0, block + done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize(("language", "block"), [*blocks()])
def test_a_block_works_as_it_is(language, block, folder):
    done = run_block(language, block, folder)
    assert done.stdout or "written" in done.stderr or block.startswith("make ")


def test_the_tutorial_works_from_its_first_line_to_its_last(tmp_path):
    shutil.copytree(PROJECT / "data", tmp_path / "data")
    for language, block in BLOCK.findall(TUTORIAL.read_text()):
        run_block(language, block, tmp_path)


def test_the_line_at_an_offset_requests_robots_txt(folder):
    commands = [
        command
        for page in PAGES
        for command in re.findall(r"^zcat .*\| tail -c .*$", page.read_text(), re.MULTILINE)
    ]
    assert commands
    for command in commands:
        assert '"GET /robots.txt' in run_program(["bash", "-c", command], folder).stdout, command


def anchors(page):
    """Return the anchors of a page's headings, as GitHub makes them."""
    text = FENCED.sub("", page.read_text())
    return {
        re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.*?) *$", text, re.MULTILINE)
    }


def test_links_lead_somewhere():
    for page in [*PROJECT.glob("*.md"), *PAGES]:
        for target, anchor in LINK.findall(FENCED.sub("", page.read_text())):
            where = f"{page.name}: {target}#{anchor}"
            linked = page.parent / target if target else page
            assert linked.exists(), where
            assert not anchor or anchor in anchors(linked), where
