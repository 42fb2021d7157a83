"""A command imports what it needs of Dask and Arrow; what it does not need works when called."""

import subprocess
import sys

import pytest
from support.processes import UNMEASURED

# Modules that a scan of local logs imports: 532 in Python 3.11. A count does not vary as times do.
MAX_MODULES = 534
UNUSED = {
    *("asyncio", "distributed", "fsspec", "http", "importlib_metadata", "jinja2", "pandas"),
    *("psutil", "pydoc", "ssl"),
}
LIST_MODULES = """
import sys
from findrobots.cli.main import _run
_run(sys.argv[1:])
print(*sys.modules, file=sys.stderr)
"""
LEAN = """
from findrobots.running import lean_imports
lean_imports.import_dask()
lean_imports.import_arrow()
"""


def run_python(code, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=UNMEASURED,  # coverage has modules of its own
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_a_scan_imports_nothing_that_it_does_not_use(logs, tmp_path):
    listed = run_python(LIST_MODULES, "scan", logs, "-qo", tmp_path / "robots.parquet")
    modules = listed.stderr.split()
    assert not UNUSED & set(modules)
    assert len(modules) <= MAX_MODULES


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("import dask.bag as db; print(db.read_text(path).compute())", "['text']"),
        ("import dask.highlevelgraph as d; print(d.HighLevelGraph({}, {})._repr_html_())", "<div>"),
        ("from dask._task_spec import Task; print(Task('key', print).__sizeof__() > 0)", "True"),
        ("import fsspec.core; print(fsspec.core.OpenFile)", "<class 'fsspec.core.OpenFile'>"),
        ("import dask.utils; dask.utils.show_versions()", '"dask":'),
        ("import ssl; print(ssl.SSLContext)", "<class 'ssl.SSLContext'>"),
        ("import pyarrow.compute as pc; print(pc.sum([1, 2]))", "3"),
        ("import pyarrow.compute as pc; help(pc.take)", "Select values"),
    ],
)
def test_what_is_deferred_is_imported_when_it_is_called(code, printed, tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("text")
    assert printed in run_python(f"{LEAN}\npath = {str(path)!r}\n{code}").stdout


@pytest.mark.parametrize("module", ["tlz", "yaml", "cloudpickle"])
def test_a_dask_that_uses_a_stand_in_at_once_is_imported_as_usual(module):
    code = f"""
from findrobots.running import lean_imports
lean_imports.DEFERRED += ({module!r},)
lean_imports.import_dask()
import dask.bag as db
print(db.from_sequence([1, 2]).map(str).compute(scheduler="sync"))
"""
    assert run_python(code).stdout == "['1', '2']\n"


def test_an_arrow_that_uses_more_is_imported_as_usual():
    code = """
from findrobots.running import lean_imports
lean_imports.ABSENT += ("pyarrow.vendored", "pyarrow._fs")
lean_imports.import_arrow()
import pyarrow.compute as pc, pyarrow.parquet
print(pc.sum([1, 2]))
"""
    assert run_python(code).stdout == "3\n"
