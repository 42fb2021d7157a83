"""A command imports what it needs of Dask and Arrow; what it does not need works when called."""

import subprocess
import sys

import pytest
from support.processes import UNMEASURED

# Modules that a scan of local logs imports: 491 in Python 3.11. A count does not vary as times do.
MAX_MODULES = 491
UNUSED = {
    *("asyncio", "distributed", "fsspec", "html", "http", "importlib_metadata", "jinja2"),
    *("numpy.linalg", "pandas", "psutil", "pydoc", "ssl", "yaml"),
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

# Of the functions that are given, else of all.
SIGNATURES = """
import inspect
names = {"and": "and_", "or": "or_"}
all_names = [names.get(name, name) for name in pc.list_functions()]
wanted = eval(sys.argv[1]) if sys.argv[1] else [name for name in all_names if hasattr(pc, name)]
print({name: str(inspect.signature(getattr(pc, name))) for name in wanted})
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("import dask.bag as db; print(db.read_text(path).compute())", "['text']"),
        ("import dask.highlevelgraph as d; print(d.HighLevelGraph({}, {})._repr_html_())", "<div>"),
        ("from dask._task_spec import Task; print(Task('key', print).__sizeof__() > 0)", "True"),
        ("import fsspec.core; print(fsspec.core.OpenFile)", "<class 'fsspec.core.OpenFile'>"),
        ("import dask.utils; dask.utils.show_versions()", '"dask":'),
        ("import ssl; print(ssl.SSLContext)", "<class 'ssl.SSLContext'>"),
        ("import dask; print(dask.datasets.timeseries)", "timeseries"),
        ("import html; print(html.escape('<'))", "&lt;"),
        ("import numpy as np; print(np.linalg.norm([3, 4]))", "5.0"),
        ("import numpy as np; print(np.asmatrix([[2, 0], [0, 2]]) ** 2)", "[[4 0]"),
        ("import pyarrow.compute as pc; print(pc.sum([1, 2]))", "3"),
        ("import pyarrow.compute as pc; print(pc.and_(True, False))", "False"),
        ("from pyarrow.compute import utf8_zfill, sort_indices; print(sort_indices([2, 1]))", "1,"),
        ("import pyarrow.compute as pc; print(hasattr(pc, 'no_such_function'))", "False"),
        ("import pyarrow.compute as pc; help(pc.take)", "Select values"),
    ],
)
def test_what_is_deferred_is_imported_when_it_is_called(code, printed, tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("text")
    assert printed in run_python(f"{LEAN}\npath = {str(path)!r}\n{code}").stdout


@pytest.mark.slow
@pytest.mark.parametrize("settings", ["num-workers: 3", "{num-workers: 3}"])
def test_the_settings_of_a_user_are_read_whatever_yaml_they_are(settings, tmp_path, monkeypatch):
    path = tmp_path / "dask.yaml"
    path.write_text(settings)
    code = """
import dask, yaml
print(dask.config.get("num_workers"), dask.config.get("array.chunk-size"), yaml.safe_load("[1]"))
"""
    monkeypatch.setitem(UNMEASURED, "DASK_CONFIG", str(path))
    assert run_python(LEAN + code).stdout == "3 128MiB [1]\n"


@pytest.mark.slow
@pytest.mark.parametrize("module", ["tlz", "cloudpickle"])
def test_a_dask_that_uses_a_stand_in_at_once_is_imported_as_usual(module):
    code = f"""
from findrobots.running import lean_imports
lean_imports.DEFERRED += ({module!r},)
lean_imports.import_dask()
import dask.bag as db
print(db.from_sequence([1, 2]).map(str).compute(scheduler="sync"))
"""
    assert run_python(code).stdout == "['1', '2']\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "other_version",
    [
        "ABSENT += ('pyarrow.vendored', 'pyarrow._fs')",
        "ABSENT += ('numpy._core._add_newdocs',)",
        "DEFERRED += ('numpy.matrixlib',)",
        "MADE_AT_ONCE = set()",
    ],
)
def test_an_arrow_and_a_numpy_that_use_more_are_imported_as_usual(other_version):
    code = f"""
from findrobots.running import lean_imports
lean_imports.UNWRITTEN = ()
lean_imports.{other_version}
lean_imports.import_arrow()
import numpy as np, pyarrow.compute as pc, pyarrow.parquet
print(pc.sum([1, 2]), np.linalg.norm([3, 4]))
"""
    assert run_python(code).stdout == "3 5.0\n"


@pytest.mark.slow
def test_an_arrow_that_makes_its_functions_otherwise_makes_them_at_once():
    code = f"""
import pyarrow.lib, sys
from importlib.machinery import PathFinder, SourceFileLoader
class Loader(SourceFileLoader):
    def get_code(self, name):
        return compile(self.get_source(name).replace("_wrap_function", "_make"), name, "exec")
class Finder:
    def find_spec(name, path=None, target=None):
        spec = PathFinder.find_spec(name, path) if name == "pyarrow.compute" else None
        if spec:
            spec.loader = Loader(name, spec.origin)
        return spec
sys.meta_path.insert(0, Finder)
{LEAN}
import pyarrow.compute as pc
print("sum" in vars(pc), pc.sum([1, 2]))
"""
    assert run_python(code).stdout == "True 3\n"


@pytest.mark.slow
def test_each_function_of_arrow_has_the_signature_that_it_has_otherwise():
    usual = run_python(f"import pyarrow.compute as pc, sys\n{SIGNATURES}", "").stdout
    lean = run_python(f"{LEAN}\nimport pyarrow.compute as pc, sys\n{SIGNATURES}", usual).stdout
    assert "'sort_indices': '(input, /, sort_keys=" in usual
    assert lean == usual
