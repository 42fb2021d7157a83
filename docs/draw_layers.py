"""Draw the package's layers, which import-linter holds, as an SVG picture.

The layers are read from ``pyproject.toml``, and what a package does from its docstring. A test
checks that ``docs/explanation/layers.svg`` is what this script draws.
"""

import ast
import re
import tomllib
from html import escape
from pathlib import Path

PROJECT = Path(__file__).parents[1]
PACKAGE = PROJECT / "pipeline" / "findrobots"
PICTURE = PROJECT / "docs" / "explanation" / "layers.svg"

NAMESPACE = "http://www.w3.org/2000/svg"
RULE = (
    "A package imports only from the layers below; packages of one layer do not import one another."
)
# All in pixels.
WIDTH, MARGIN, PADDING, GAP = 840, 16, 10, 8
LINE, TITLE = 22, 36
NAME_X, TEXT_X = 32, 144
STYLE = """\
  .page { fill: #ffffff } .layer { fill: #eef2f6; stroke: #b6c2cf }
  text { fill: #1f2328; font: 14px sans-serif } .name { font: bold 14px monospace }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } .layer { fill: #1c2430; stroke: #46525f }
    text { fill: #e6edf3 }
  }"""


def draw_layers() -> str:
    """Return the picture: a box per layer, in it a line per package."""
    body, top = [], MARGIN + TITLE
    for names in read_layers():
        height = 2 * PADDING + LINE * len(names)
        body.append(
            f'<rect class="layer" x="{MARGIN}" y="{top}" width="{WIDTH - 2 * MARGIN}"'
            f' height="{height}" rx="6"/>'
        )
        for number, name in enumerate(names):
            y = top + PADDING + LINE * number + 16
            body += [
                f'<text class="name" x="{NAME_X}" y="{y}">{escape(name)}</text>',
                f'<text x="{TEXT_X}" y="{y}">{escape(summary_of(name))}</text>',
            ]
        top += height + GAP
    bottom = top - GAP + MARGIN
    head = [
        f'<svg xmlns="{NAMESPACE}" width="{WIDTH}" height="{bottom}" role="img">',
        "<title>The layers of the package findrobots</title>",
        f"<style>\n{STYLE}\n</style>",
        f'<rect class="page" width="{WIDTH}" height="{bottom}"/>',
        f'<text x="{MARGIN}" y="{MARGIN + 16}">{RULE}</text>',
    ]
    return "\n".join([*head, *body, "</svg>\n"])


def read_layers() -> list[list[str]]:
    """Return the names of the packages in each layer, the highest layer first."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each["type"] == "layers")
    return [re.findall(r"\w+", layer) for layer in layers]


def summary_of(name: str) -> str:
    """Return the first line of a package's or module's docstring, without its full stop."""
    package = PACKAGE / name / "__init__.py"
    source = package if package.exists() else PACKAGE / f"{name}.py"
    docstring = ast.get_docstring(ast.parse(source.read_text())) or ""
    return docstring.partition("\n")[0].replace("``", "").rstrip(".")


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(draw_layers())
