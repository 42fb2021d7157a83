"""A name to the program that is compared: the table of peers."""

import shutil
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from benchmarks.object_server import BUCKET

__all__ = [
    "OUR_PACKAGES",
    "PEERS",
    "ROOT",
    "SCRIPTS",
    "Output",
    "Peer",
    "command",
    "missing",
    "python_script",
    "shell_script",
]

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(__file__).resolve().parent / "scripts"

# Debian's awk is mawk, twice as fast as others; elsewhere it goes by its own name.
AWK = "mawk" if shutil.which("mawk") else "awk"
HAS_IGZIP = bool(shutil.which("igzip"))
DECOMPRESSOR = ("igzip",) if HAS_IGZIP else (sys.executable, "-m", "isal.igzip")
LIMIT_TITLE = "**the limit**: `igzip -dc > /dev/null`"
if not HAS_IGZIP:
    LIMIT_TITLE = "**the limit**: `python -m isal.igzip -dc > /dev/null`, for want of igzip"


class Output(NamedTuple):
    """Where a run leaves its result: what it prints, a Parquet file or a directory."""

    printed: Path
    table: Path
    directory: Path

    @classmethod
    def within(cls, workspace: Path) -> "Output":
        """Return the places in a directory."""
        names = ("printed.txt", "table.parquet", "directory")
        return cls(*(workspace / name for name in names))

    def clear(self) -> None:
        """Remove what an earlier run left."""
        self.table.unlink(missing_ok=True)
        shutil.rmtree(self.directory, ignore_errors=True)


class Peer(NamedTuple):
    """A row of the table: a program, how to run it, what it needs, how to read its result.

    In the arguments, ``{folder}``, ``{cores}``, ``{table}`` and ``{directory}`` stand for the
    corpus, the number of processors, the Parquet file and the directory to write; ``{cluster}``
    for the address of a Dask cluster of so many ``workers``, which has been started already. A
    peer for ``objects`` reads a bucket whose objects are the corpus. One that is run ``again`` has
    been run once before, untimed, and its table is still there. ``hosts`` reads which hosts it
    found, and ``lines`` how many lines are counted.
    """

    key: str
    title: str
    arguments: tuple[str, ...]
    hosts: Callable[[Output], set[str]] | None
    programs: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    workers: int = 0
    lines: Callable[[Output], int] | None = None
    weighed: bool = False  # whether its memory is measured, too
    objects: bool = False
    again: bool = False


def command(peer: Peer, folder: Path, cores: int, output: Output, cluster: str = "") -> list[str]:
    """Return the command that runs a peer on a corpus."""
    places = {"table": output.table, "directory": output.directory, "cluster": cluster}
    return [argument.format(folder=folder, cores=cores, **places) for argument in peer.arguments]


def missing(peer: Peer) -> list[str]:
    """List what a peer needs and this computer does not have."""
    programs = [program for program in peer.programs if not shutil.which(program)]
    return programs + [package for package in peer.packages if not find_spec(package)]


def _printed_hosts(output: Output) -> set[str]:
    return set(output.printed.read_text().split())


def _table_hosts(output: Output) -> set[str]:
    from pyarrow import parquet  # noqa: PLC0415 (only where ours runs)

    return set(parquet.read_table(output.table, columns=["host"])["host"].to_pylist())


def python_script(script: str, *more: str) -> tuple[str, ...]:
    """Return the arguments that run a Python script of this folder on a corpus."""
    return (sys.executable, str(SCRIPTS / script), "{folder}", *more)


def shell_script(script: str, *more: str) -> tuple[str, ...]:
    """Return the arguments that run a shell script of this folder on a corpus."""
    return ("sh", str(SCRIPTS / script), "{folder}", "{cores}", *more)


OURS = (sys.executable, "-m", "findrobots", "scan", "{folder}", "-o", "{table}", "--quiet")
OUR_PACKAGES = ("dask", "isal", "pyarrow", "stringzilla")


def _in_processes(workers: int) -> Peer:
    where = ("--scheduler", "processes", "--workers", str(workers))
    return Peer(
        f"processes-{workers}",
        f"findrobots `{' '.join(where)}`",
        (*OURS, *where),
        _table_hosts,
        packages=OUR_PACKAGES,
    )


def _on_a_cluster(workers: int) -> Peer:
    return Peer(
        f"cluster-{workers}",
        f"findrobots `--scheduler tcp://…`, workers there: {workers}",
        (*OURS, "--scheduler", "{cluster}"),
        _table_hosts,
        packages=(*OUR_PACKAGES, "distributed"),
        workers=workers,
    )


S3 = f"s3://{BUCKET}/"
S3_PACKAGES = ("s3fs",)

PEERS = (
    Peer(
        "limit",
        LIMIT_TITLE,
        shell_script("limit.sh", *DECOMPRESSOR),
        None,
        programs=("find", "xargs", *DECOMPRESSOR[: int(HAS_IGZIP)]),
        packages=("isal",)[int(HAS_IGZIP) :],
    ),
    Peer(
        "loop",
        "**the limit**: a loop around `igzip.decompress`",
        python_script("isal_loop.py"),
        None,
    ),
    Peer(
        "s3-loop",
        "**the limit**: an asyncio loop around s3fs and `igzip.decompress`",
        (sys.executable, str(SCRIPTS / "s3_loop.py"), S3),
        None,
        packages=S3_PACKAGES,
        objects=True,
    ),
    Peer(
        "scandir",
        "**the limit**: a loop around `os.scandir` and `stat`",
        python_script("scandir_stat.py"),
        None,
    ),
    Peer(
        "ours",
        "**findrobots**, the whole table",
        OURS,
        _table_hosts,
        packages=OUR_PACKAGES,
        weighed=True,
    ),
    Peer(
        "chdb",
        "ClickHouse (chdb)",
        python_script("clickhouse_sql.py"),
        _printed_hosts,
        packages=("chdb",),
    ),
    Peer(
        "polars", "Polars", python_script("polars_lines.py"), _printed_hosts, packages=("polars",)
    ),
    Peer("duckdb", "DuckDB", python_script("duckdb_sql.py"), _printed_hosts, packages=("duckdb",)),
    Peer(
        "rg", "`rg -z`", shell_script("ripgrep.sh"), _printed_hosts, programs=("rg", "gzip", "sort")
    ),
    Peer(
        "awk",
        f"`zcat | {AWK}`",
        shell_script("awk.sh", AWK),
        _printed_hosts,
        programs=("find", "xargs", "sort", "zcat", AWK),
    ),
    Peer(
        "recipe",
        "the Python Cookbook's recipe",
        python_script("cookbook_recipe.py"),
        _printed_hosts,
    ),
    Peer(
        "dask",
        "`dask.bag.read_text`, map, filter, distinct",
        python_script("dask_read_text.py"),
        _printed_hosts,
        packages=("dask",),
    ),
    Peer(
        "ours-s3",
        "**findrobots**, the whole table",
        tuple(argument.replace("{folder}", S3) for argument in OURS),
        _table_hosts,
        packages=(*OUR_PACKAGES, *S3_PACKAGES),
        objects=True,
    ),
    Peer(
        "ours-update",
        "**findrobots** `--update`, nothing new",
        (*OURS, "--update"),
        _table_hosts,
        packages=OUR_PACKAGES,
        again=True,
    ),
    *(_in_processes(workers) for workers in (1, 2)),
    *(_on_a_cluster(workers) for workers in (1, 2)),
)
