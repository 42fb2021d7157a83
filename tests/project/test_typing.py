"""The public names: they agree wherever they are listed, are typed, and load when used."""

import ast
import os
import subprocess
import sys

import findrobots
import pytest
from support.project import PROJECT

INIT = PROJECT / "pipeline/findrobots/__init__.py"
EXAMPLE = PROJECT / "tests/project/typing_api.py"


def names_for_type_checkers():
    """Map each name under ``if TYPE_CHECKING`` to the module that it is imported from."""
    block = next(each for each in ast.parse(INIT.read_text()).body if isinstance(each, ast.If))
    return {
        name.name: each.module.removeprefix("findrobots.")
        for each in block.body
        if isinstance(each, ast.ImportFrom)
        for name in each.names
    }


def lazy_names():
    return {name: module for module, names in findrobots._MODULES.items() for name in names}  # noqa: SLF001 (the table under test)


def test_the_public_names_agree_wherever_they_are_listed():
    assert names_for_type_checkers() == lazy_names()
    assert {*lazy_names(), "__version__"} == {*findrobots.__all__}
    assert dir(findrobots) == sorted(findrobots.__all__)


@pytest.mark.parametrize("name", findrobots.__all__)
def test_every_public_name_is_there_and_used_in_the_typed_example(name):
    assert getattr(findrobots, name) is not None
    assert f"findrobots.{name}" in EXAMPLE.read_text()


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        _ = findrobots.no_such_name


def test_importing_the_package_loads_neither_dask_nor_arrow():
    program = (
        "import findrobots, sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    command = [sys.executable, "-c", program]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert not {"dask", "distributed", "fsspec", "numpy", "pandas", "pyarrow"} & {*loaded}


@pytest.mark.slow
@pytest.mark.parametrize(
    "checker",
    [["mypy", "--strict"], ["pyright", "--pythonpath", sys.executable]],
    ids=["mypy", "pyright"],
)
def test_the_public_names_are_typed(checker):
    done = subprocess.run(
        [sys.executable, "-m", *checker, EXAMPLE],
        cwd=PROJECT,
        env={
            **os.environ,
            "MYPYPATH": str(PROJECT / "pipeline"),
            "PYTHONPATH": str(PROJECT / "pipeline"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
