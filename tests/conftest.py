"""What several tests stand on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from samples import write_logs

PROJECT = Path(__file__).parent.parent
REAL_LOGS = PROJECT.parent / "shared" / "real-logs"


@pytest.fixture
def logs(tmp_path):
    """The sample logs in a folder of their own."""
    return write_logs(tmp_path / "logs")


@pytest.fixture(scope="session")
def real_logs():
    """The folder of real logs, where it is at hand."""
    if not REAL_LOGS.is_dir():
        pytest.skip("no real logs beside the project")
    return REAL_LOGS


@pytest.fixture
def findrobots(tmp_path):
    """The command, run in an empty folder as a user runs it."""

    def run(*arguments, **options):
        return subprocess.run(
            [sys.executable, "-m", "pipeline", *map(str, arguments)],
            cwd=options.pop("cwd", tmp_path),
            env={**os.environ, **options.pop("env", {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            **options,
        )

    return run
