"""The generated pages and pictures of docs/ are what their scripts write: run `make docs`."""

import os
import re
import runpy
import struct
import subprocess
import sys
import zlib
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from support.project import PROJECT

DOCS = PROJECT / "docs"


def load(script):
    return runpy.run_path(str(DOCS / script))


def test_the_reference_of_the_command_line_is_current():
    code = f"import runpy; print(runpy.run_path({str(DOCS / 'generate_reference.py')!r})"
    command = [sys.executable, "-c", f"{code}['render_reference'](), end='')"]
    # A process of its own: click remembers with which options a command was first asked for help.
    written = subprocess.run(
        command, env={**os.environ, "COLUMNS": "40"}, capture_output=True, text=True, check=True
    )
    assert (DOCS / "reference/command-line.md").read_text() == written.stdout


def test_the_reference_names_every_option_of_every_command():
    from findrobots.cli.main import cli  # noqa: PLC0415 (only this test needs it)

    page = (DOCS / "reference/command-line.md").read_text()
    for name, command in cli.commands.items():
        section = page.partition(f"## findrobots {name}\n")[2].partition("\n## ")[0]
        options = {opt for param in command.params for opt in param.opts if opt.startswith("--")}
        named = set(re.findall(r"--[a-z-]+", section))
        assert options <= named, name


def test_the_page_of_robots_is_current():
    written = load("generate_reference.py")["render_robots"]()
    assert (DOCS / "reference/robots.md").read_text() == written


def test_the_page_of_robots_has_a_row_for_every_robot_with_how_it_is_verified():
    from findrobots.robots.agents import load_robots  # noqa: PLC0415 (only this test needs it)

    page = (DOCS / "reference/robots.md").read_text()
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| `")]
    verified = {row[0].strip("`"): row[3] for row in rows}
    assert [*verified] == [robot.name for robot in load_robots()]
    for robot in load_robots():
        ways = [*robot.lists, *robot.rdns_suffixes] or ["nothing"]
        assert all(way in verified[robot.name] for way in ways), robot.name


def test_the_picture_of_the_layers_is_current():
    drawn = load("draw_layers.py")["draw_layers"]()
    assert (DOCS / "explanation/layers.svg").read_text() == drawn


def test_the_picture_shows_every_package_and_what_it_does():
    picture = ET.parse(DOCS / "explanation/layers.svg")  # noqa: S314 (our own file)
    texts = [each.text for each in picture.iter("{http://www.w3.org/2000/svg}text")][1:]
    described = dict(zip(texts[::2], texts[1::2], strict=True))
    package = PROJECT / "pipeline/findrobots"
    packages = {path.parent.name for path in package.glob("*/__init__.py")}
    assert packages <= described.keys()
    assert all(described.values())


def test_the_picture_of_a_report_page_is_small_and_as_wide_as_it_was_drawn():
    picture = (DOCS / "report.png").read_bytes()
    script = load("draw_report.py")
    assert len(picture) <= 60_000
    assert struct.unpack(">II", picture[16:24]) == (script["WIDTH"], script["HEIGHT"])


def test_a_picture_keeps_its_colours_in_a_palette():
    pixels = np.zeros((4, 6, 3), np.uint8)
    pixels[1, 2] = (200, 100, 50)
    encoded = load("draw_report.py")["encode_png"](pixels)
    palette = encoded.partition(b"PLTE")[2][:6]
    assert palette == bytes([0, 0, 0, 200, 100, 50])
    lines = zlib.decompress(encoded.partition(b"IDAT")[2])
    assert lines == bytes([*([0] * 7), *(0, 0, 0, 1, 0, 0, 0), *([0] * 14)])


@pytest.mark.parametrize(
    "script", ["generate_reference.py", "generate_man.py", "draw_layers.py", "draw_report.py"]
)
def test_a_script_writes_nothing_when_it_is_imported(script, monkeypatch):
    monkeypatch.setattr("pathlib.Path.write_text", None)
    load(script)
