"""The shape of the program, as docs/architecture.md tells it, held against the code."""

import ast
import re

import pytest
from conftest import PROJECT

# From the top of the flow down: each module imports only from above.
FLOW = [
    *("terminal", "credentials", "errors", "garbage", "memory", "remembering"),
    *("progress", "whereabouts", "arrow", "retries", "places", "remote", "uploads"),
    *("identities", "sources", "local", "stored", "salvage", "compressions", "decompression"),
    *("glances", "continuing", "reading", "lines", "requests", "search", "addresses"),
    *("formats.texts", "formats.times", "formats.rows", "formats.ncsa", "formats.aws"),
    *("formats.proxies", "formats.json_lines", "formats.directives", "formats.strings"),
    *("formats.w3c", "formats.table", "formats", "robots"),
    *("hosts", "ledger", "findings", "tables", "locks", "outputs", "folders"),
    *("metadata", "parquet", "fragments"),
    *("graphs", "processes", "connections", "cluster", "schedulers", "flow", "updates"),
    *("display", "shards", "sharding", "summary"),
    *("commands.options", "commands.printing", "commands.scan", "commands.show"),
    *("commands.merge", "commands.formats", "commands", "cli", "__main__"),
]
# A library has one owner, or is named here with all that use it.
OWNERS = {
    "backports": {"compressions"},
    "fsspec": {"places"},
    "isal": {"compressions"},
    "stringzilla": {"lines"},
    "dask": {
        *("graphs", "processes", "connections", "cluster", "schedulers", "flow", "updates"),
        "sharding",
    },
    "distributed": {"connections", "cluster"},
    "pyarrow.parquet": {"parquet"},
    "pyarrow.compute": {"hosts", "ledger", "summary"},
    "pyarrow": {
        *("arrow", "hosts", "ledger", "findings", "tables", "parquet", "flow", "updates"),
        *("display", "summary", "metadata", "fragments", "shards"),
        "sharding",
    },
    "numpy": {"arrow", "hosts", "ledger", "fragments", "updates", "summary"},
    "click": {
        *("commands.options", "commands.scan", "commands.show", "commands.merge"),
        *("commands.formats", "cli", "__main__"),
    },
    "tqdm": {"progress"},
}
PACKAGE = PROJECT / "pipeline"
FILES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}
MODULES = {name: ast.parse(path.read_text()) for name, path in FILES.items()}


def imports(module):
    for node in ast.walk(MODULES[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def test_every_module_stands_in_the_flow():
    assert set(MODULES) == {*FLOW, "__init__"}


@pytest.mark.parametrize("module", FLOW)
def test_a_module_imports_only_what_stands_above_it(module):
    own = {name.removeprefix("pipeline.") for name in imports(module) if "pipeline" in name}
    assert own <= set(FLOW[: FLOW.index(module)])


def test_each_library_has_its_owner():
    used = {}
    for module in FLOW:
        for name in imports(module):
            root = name if name in OWNERS else name.partition(".")[0]
            if root in OWNERS:
                used.setdefault(root, set()).add(module)
    assert used == OWNERS


@pytest.mark.parametrize("module", [*FLOW, "__init__"])
def test_a_module_says_from_what_to_what_it_leads(module):
    first = ast.get_docstring(MODULES[module]).splitlines()[0]
    assert re.search(r"\bto\b", first) or module in {"schedulers", "findings"}


@pytest.mark.parametrize("module", FLOW)
def test_a_module_is_read_in_one_sitting(module):
    source = FILES[module].read_text().splitlines()
    assert len(source) <= 220
    for node in ast.walk(MODULES[module]):
        if isinstance(node, ast.FunctionDef):
            first = node.body[bool(ast.get_docstring(node)) and len(node.body) > 1]
            assert node.end_lineno - first.lineno < 30, node.name
