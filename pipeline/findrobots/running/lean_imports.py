"""Import Dask and Arrow without what they load for uses that the command does not have."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
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
# Arrow works without its object stores: fsspec reads and writes those.
ABSENT = (
    "psutil",
    *("pyarrow._azurefs", "pyarrow._gcsfs", "pyarrow._hdfs", "pyarrow._s3fs"),
)
DASK = ("dask.bag", "dask.multiprocessing", "dask.threaded")
ARROW = ("pyarrow.compute", "pyarrow.parquet")

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
    stand_ins: Modules = {name: Deferred(name) for name in DEFERRED}
    try:
        with _standing_in({**stand_ins, **dict.fromkeys(ABSENT)}):
            for name in DASK:
                import_module(name)
    except Exception:  # noqa: BLE001 (it fails in its own way where it uses a stand-in at once)
        for name in set(sys.modules) - before:
            if name.partition(".")[0] == "dask":
                del sys.modules[name]


def import_arrow() -> None:
    """Import Arrow's functions and its reader and writer of Parquet.

    Only for a process of our own. Arrow imports numpy, whose OpenBLAS starts a thread per
    processor; they wait busily for linear algebra, of which there is none here. Arrow writes
    documentation of 290 functions, for which it parses that of their options, and looks for the
    certificates of object stores.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    stand_ins: Modules = {
        **dict.fromkeys(ABSENT),
        **_module("pyarrow.vendored.docscrape", NumpyDocString=lambda _: {"Parameters": ()}),
        **_module("ssl", get_default_verify_paths=partial(SimpleNamespace, cafile="", capath="")),
    }
    # If a version of Arrow needs more, it is imported as usual later.
    with suppress(Exception), _standing_in(stand_ins):
        for name in ARROW:
            import_module(name)


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
