"""A call runs the user's script once, though it has no ``if __name__ == "__main__":``."""

import subprocess
import sys

import pytest
from findrobots import find_robots
from support.processes import UNMEASURED
from support.samples import combined

SCRIPT = """
import sys
print("run")
import findrobots
print(findrobots.find_robots(sys.argv[1], scheduler="processes", workers=2).num_rows)
"""

WITH_THREADS = (
    """
import threading
threading.Thread(target=threading.Event().wait, daemon=True).start()
"""
    + SCRIPT
)

# As IPython's %run does it: the script is __main__ for a while, in a program with threads.
RUN_BY_ANOTHER = """
import runpy, sys, threading
threading.Thread(target=threading.Event().wait, daemon=True).start()
runpy.run_path({script!r}, run_name="__main__")
"""

# A notebook's __main__ has no file, and its program has threads.
NOTEBOOK = (
    """
import sys, threading
threading.Thread(target=threading.Event().wait, daemon=True).start()
main = sys.modules["__main__"]
for name in ("__file__", "__spec__"):
    vars(main).pop(name, None)
main.__spec__ = None
"""
    + SCRIPT
)


@pytest.fixture(scope="module")
def heavy(tmp_path_factory):
    """Two logs, each of a weight for a partition, so that there are two workers."""
    folder = tmp_path_factory.mktemp("heavy")
    for number in range(2):
        line = combined(host=f"192.0.2.{number}") + b"\n"
        other = combined(request="GET / HTTP/1.1") + b"\n"
        (folder / f"{number}.log").write_bytes(line + other * (9_000_000 // len(other)))
    return folder


def run(folder, code, *arguments, **environment):
    path = folder / "script.py"
    path.write_text(code)
    return subprocess.run(
        [sys.executable, path, *map(str, arguments)],
        env=UNMEASURED | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("code", "method"),
    [
        pytest.param(SCRIPT, "fork", id="script-fork"),  # a program with threads is not forked
        *(
            pytest.param(code, method, id=f"{name}-{method}", marks=pytest.mark.slow)
            for name, code in {"script": SCRIPT, "threads": WITH_THREADS, "nb": NOTEBOOK}.items()
            for method in ("spawn", "forkserver")
        ),
    ],
)
def test_a_script_without_a_guard_runs_once(heavy, tmp_path, code, method):
    done = run(tmp_path, code, heavy, DASK_MULTIPROCESSING__CONTEXT=method)
    assert (done.returncode, done.stdout, done.stderr) == (0, "run\n2\n", "")


@pytest.mark.slow
@pytest.mark.parametrize("method", ["", "forkserver"])
def test_a_script_that_another_program_runs_runs_once(heavy, tmp_path, method):
    script = tmp_path / "run.py"
    script.write_text(SCRIPT)
    code = RUN_BY_ANOTHER.format(script=str(script))
    done = run(
        tmp_path, code, heavy, **({"DASK_MULTIPROCESSING__CONTEXT": method} if method else {})
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "run\n2\n", "")


@pytest.mark.slow
def test_a_module_without_a_guard_runs_once(heavy, tmp_path):
    (tmp_path / "unguarded.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "-m", "unguarded", heavy],
        cwd=tmp_path,
        env=UNMEASURED | {"DASK_MULTIPROCESSING__CONTEXT": "spawn"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "run\n2\n", "")


@pytest.mark.slow
def test_the_main_module_knows_its_file_afterwards(heavy, monkeypatch):
    main = sys.modules["__main__"]
    before = (getattr(main, "__file__", None), main.__spec__)
    monkeypatch.setenv("DASK_MULTIPROCESSING__CONTEXT", "spawn")
    assert find_robots(heavy, scheduler="processes", workers=2).num_rows == 2
    assert (getattr(main, "__file__", None), main.__spec__) == before


@pytest.mark.cluster
def test_a_cluster_of_this_machine_says_that_it_needs_a_guard(heavy, tmp_path):
    code = SCRIPT.replace("processes", "local-cluster")
    done = run(tmp_path, code, heavy)
    assert done.returncode == 1
    assert done.stdout.count("run\n") <= 3  # this process, and each of two workers once
    assert done.stderr.count("errors.ClusterError: ") == 1
    assert 'Guard the script with if __name__ == "__main__":' in done.stderr.splitlines()[-1]
    assert "memory" not in done.stderr


@pytest.mark.cluster
def test_a_cluster_of_this_machine_runs_a_script_with_a_guard(heavy, tmp_path):
    code = """
import sys
import findrobots
if __name__ == "__main__":
    print(findrobots.find_robots(sys.argv[1], scheduler="local-cluster", workers=2).num_rows)
"""
    done = run(tmp_path, code, heavy)
    assert (done.returncode, done.stdout) == (0, "2\n"), done.stderr
