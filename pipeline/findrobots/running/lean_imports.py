"""Import Dask and Arrow without what they load for uses that the command does not have."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from types import ModuleType, SimpleNamespace

__all__ = ["import_arrow", "import_dask"]

# What Dask's bags import to read and write files, and Dask to describe itself in HTML, to estimate
# the size of objects and to list versions. fsspec alone loads asyncio and all compressions.
DEFERRED = (
    *("fsspec", "fsspec.core", "fsspec.utils", "urllib.request"),
    *("jinja2", "jinja2.exceptions", "dask.sizeof", "importlib_metadata"),
)
# Without psutil, Dask counts processors by the system calls of which psutil gives the results.
ABSENT = ("psutil",)
DASK = ("dask.bag", "dask.multiprocessing", "dask.threaded")


class Deferred(ModuleType):
    """A stand-in for a module: what is taken from it is a function that imports it when called."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # import asks for these
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            return partial(_call, self.__name__, name)
        return getattr(import_module(self.__name__), name)


def _call(module: str, name: str, *args: object, **options: object) -> object:
    return getattr(import_module(module), name)(*args, **options)


def import_dask() -> None:
    """Import Dask's bags, and defer what they do not need until something of it is called.

    Only for a process of our own: a library must leave Dask as others expect it. If a version of
    Dask needs more, it is imported as usual.
    """
    before = set(sys.modules)
    if "dask" in before:
        return
    stand_ins: dict[str, ModuleType | None] = {name: Deferred(name) for name in DEFERRED}
    try:
        with _standing_in(stand_ins | dict.fromkeys(ABSENT)):
            for name in DASK:
                import_module(name)
    except Exception:  # noqa: BLE001 (it may fail in any way where it uses a stand-in at once)
        for name in set(sys.modules) - before:
            if name.partition(".")[0] == "dask":
                del sys.modules[name]


def import_arrow() -> None:
    """Import Arrow's functions, without threads of OpenBLAS and without parsing documentation.

    Arrow imports numpy, whose OpenBLAS starts a thread per processor that waits busily for linear
    algebra, of which there is none here. For each of 290 functions, Arrow makes a docstring.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    docscrape = ModuleType("pyarrow.vendored.docscrape")
    vars(docscrape)["NumpyDocString"] = lambda _: SimpleNamespace(params=())
    with _standing_in({docscrape.__name__: docscrape}):
        import_module("pyarrow.compute")


@contextmanager
def _standing_in(modules: dict[str, ModuleType | None]) -> Iterator[None]:
    """Put modules in the place of others, or None where none is to be found, for a while."""
    placed = {name: module for name, module in modules.items() if name not in sys.modules}
    sys.modules.update(placed)  # type: ignore[arg-type]  # None is documented, not typed
    try:
        yield
    finally:
        for name, module in placed.items():
            if sys.modules.get(name, module) is module:
                sys.modules.pop(name, None)
