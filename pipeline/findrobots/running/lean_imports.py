"""Import Dask and Arrow without what they load for uses that the command does not have."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any, TextIO

from findrobots.running.plain_yaml import read_plain_yaml

__all__ = ["import_arrow", "import_dask"]

# What Dask's bags import to read and write files, and Dask to describe itself in HTML, to estimate
# the size of objects, to make data and to list versions. fsspec alone loads asyncio and all
# compressions. And numpy's linear algebra, of which there is none here.
DEFERRED = (
    *("fsspec", "fsspec.core", "fsspec.utils", "urllib.request"),
    *("html", "jinja2", "jinja2.exceptions"),
    *("dask.datasets", "dask.sizeof", "importlib_metadata"),
    *("numpy.linalg",),
)
# What writes numpy's documentation when it is imported.
UNWRITTEN = ("numpy._core._add_newdocs", "numpy._core._add_newdocs_scalars")
# Without psutil, Dask counts processors by the system calls of which psutil gives the results.
# Arrow works without its object stores: fsspec reads and writes those.
ABSENT = (
    "psutil",
    *("pyarrow._azurefs", "pyarrow._gcsfs", "pyarrow._hdfs", "pyarrow._s3fs"),
)
DASK = ("dask.bag", "dask.multiprocessing", "dask.threaded")
# The functions that Arrow's module takes from itself, and those that are words of Python.
MADE_AT_ONCE = {"utf8_zero_fill"}
KEYWORDS = {"and_": "and", "or_": "or"}

# A module, or None for one that is not to be found.
Modules = Mapping[str, ModuleType | None]


class Deferred(ModuleType):
    """A stand-in for a module: what is taken from it is a function that imports it when called."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # import looks for these
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            return partial(_call, self.__name__, name)
        return getattr(import_module(self.__name__), name)


def _call(module: str, name: str, *args: object, **options: object) -> object:
    return getattr(import_module(module), name)(*args, **options)


def import_dask() -> None:
    """Import Dask's bags, and defer what they do not need until something of it is called.

    Only for a process of our own: a library leaves Dask as others expect it. If a version of Dask
    needs more, it is imported as usual later.
    """
    before = set(sys.modules)
    try:
        with _standing_in({**_deferred(), **_yaml(), **dict.fromkeys(ABSENT)}):
            for name in DASK:
                import_module(name)
    except Exception:  # noqa: BLE001 (it fails in its own way where it uses a stand-in at once)
        for name in set(sys.modules) - before:
            if name.partition(".")[0] == "dask":
                del sys.modules[name]


def import_arrow() -> None:
    """Import Arrow's functions and its reader and writer of Parquet.

    Only for a process of our own. Arrow imports numpy, whose OpenBLAS starts a thread per
    processor; they wait busily for linear algebra. Arrow parses the documentation of its options
    for that of its functions, and looks for the certificates of object stores.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    stand_ins: Modules = {
        **_deferred(),
        **dict.fromkeys(ABSENT),
        **{name: ModuleType(name) for name in UNWRITTEN},
        **_module("pyarrow.vendored.docscrape", NumpyDocString=lambda _: {"Parameters": ()}),
        **_module("ssl", get_default_verify_paths=partial(SimpleNamespace, cafile="", capath="")),
    }
    # If a version of numpy or Arrow needs more, it is imported as usual later.
    with suppress(Exception), _standing_in(stand_ins):
        import_module("numpy")
        _import_functions()
        import_module("pyarrow.parquet")


def _import_functions() -> None:
    """Import Arrow's functions, each of which is made when it is first taken.

    Arrow makes 290 of them when it is imported, with signatures and documentation.
    """
    core: Any = import_module("pyarrow._compute")
    registry = core.function_registry
    get_function = registry().get_function
    at_once = MADE_AT_ONCE.intersection(registry().list_functions())
    few = SimpleNamespace(list_functions=lambda: at_once, get_function=get_function)
    core.function_registry = lambda: few
    try:
        functions = import_module("pyarrow.compute")
        wrap = functions._wrap_function  # noqa: SLF001 (if it is not there, all are made)
    except Exception:
        sys.modules.pop("pyarrow.compute", None)
        raise
    finally:
        core.function_registry = registry

    def make(name: str) -> object:
        try:
            function = get_function(KEYWORDS.get(name, name))
        except KeyError:
            message = f"module {functions.__name__!r} has no attribute {name!r}"
            raise AttributeError(message) from None
        made: object = wrap(name, function)
        setattr(functions, name, made)
        return made

    vars(functions).update(function_registry=registry, __getattr__=make)


def _deferred() -> Modules:
    return {name: Deferred(name) for name in DEFERRED}


def _yaml() -> Modules:
    """Return a stand-in that reads plain YAML itself: Dask reads its settings as it is imported."""
    module = Deferred("yaml")

    def safe_load(stream: str | TextIO) -> object:
        text = stream if isinstance(stream, str) else stream.read()
        try:
            return read_plain_yaml(text)
        except ValueError:
            if sys.modules.get(module.__name__) is module:
                del sys.modules[module.__name__]
            return import_module(module.__name__).safe_load(text)

    vars(module).update(safe_load=safe_load)
    return {module.__name__: module}


def _module(name: str, **content: object) -> Modules:
    module = ModuleType(name)
    vars(module).update(content)
    return {name: module}


@contextmanager
def _standing_in(modules: Modules) -> Iterator[None]:
    """Put modules in the place of others that are not imported yet, for a while."""
    placed = {name: module for name, module in modules.items() if name not in sys.modules}
    sys.modules.update(placed)  # type: ignore[arg-type]  # None is documented, not typed
    try:
        yield
    finally:
        for name, module in placed.items():
            if sys.modules.get(name) is module:
                sys.modules.pop(name, None)
