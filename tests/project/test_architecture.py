"""The shape of the package, where import-linter does not hold it: who uses which library."""

import ast
from collections import defaultdict

from support.project import PROJECT

PACKAGE = PROJECT / "pipeline/findrobots"
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): ast.parse(path.read_text())
    for path in PACKAGE.rglob("*.py")
}
# A library has one owner, a module or a package, or is named here with all that use it.
OWNERS = {
    "ahocorasick_rs": {"robots.matcher"},
    "backports": {"reading.compression"},
    "click": {"cli"},
    "crawleruseragents": {"robots.patterns"},
    "dask": {"flow", "jobs.shuffle", "running"},
    "distributed": {"running"},
    "dns": {"robots.dns_queries"},
    "fsspec": {"storage.locations", "storage.urls"},
    "isal": {"reading.compression", "reading.fingerprint"},
    "jinja2": {"report"},
    "llvmlite": {"formats.compiled"},
    "markupsafe": {"report"},
    "numba": {"formats.compiled"},
    "platformdirs": {"cli.configuration", "robots.dns_cache", "robots.ranges"},
    "pyarrow.parquet": {"tables.parquet"},
    "stringzilla": {"reading.fingerprint", "reading.lines"},
    "tqdm": {"cli.progress_bar"},
}
# The packages and modules at the top, by which a newcomer finds the way.
MAX_ROOMS = 20


def imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def owner_of(module, library):
    return next((each for each in OWNERS[library] if f"{module}.".startswith(f"{each}.")), module)


def test_each_library_has_its_owner():
    used = defaultdict(set)
    for module, tree in MODULES.items():
        for name in imports(tree):
            library = name if name in OWNERS else name.partition(".")[0]
            if library in OWNERS:
                used[library].add(owner_of(module, library))
    assert used == OWNERS


def test_the_top_of_the_package_is_seen_at_a_glance():
    rooms = {module.partition(".")[0] for module in MODULES}
    assert len(rooms) <= MAX_ROOMS


def test_no_module_has_more_than_400_lines():
    for path in PACKAGE.rglob("*.py"):
        assert len(path.read_text().splitlines()) <= 400, path
