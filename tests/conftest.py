"""Fixtures that tests of several folders use."""

import os
import subprocess
import sys
from contextlib import suppress
from functools import partial

import pytest
from findrobots.sanitize import _Secrets
from hypothesis import settings
from support.forks import run_in_fork
from support.project import PROJECT, REAL_LOGS
from support.samples import write_logs
from support.servers import s3_server

# The same examples each time, and no clock: a test passes or fails, it does not depend on luck.
settings.register_profile("fixed", derandomize=True, deadline=None)
# Of which `make test` takes the first few: `pytest --hypothesis-profile=quick`.
settings.register_profile("quick", settings.get_profile("fixed"), max_examples=20)
settings.load_profile("fixed")


@pytest.fixture(autouse=True, scope="session")
def own_data_directory(tmp_path_factory):
    """Keep the address lists and the configuration of a user out of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data-home")))
        for name in ("XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"):
            patch.setenv(name, str(tmp_path_factory.mktemp("config-home")))
        # A command that runs in this process sets it, and from then on none would be forked.
        patch.setenv("OPENBLAS_NUM_THREADS", "1")
        yield


@pytest.fixture(autouse=True, scope="session")
def compiled_anew():
    """Remove what numba compiled before a change, since it looks at a function's own file only."""
    sources = PROJECT / "pipeline/findrobots/formats/compiled"
    changed = max(path.stat().st_mtime for path in sources.glob("*.py"))
    for path in sources.glob("__pycache__/*.nb[ci]"):
        with suppress(FileNotFoundError):  # another process of the tests may remove it
            if path.stat().st_mtime < changed:
                path.unlink()


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    """Forget the secrets of other tests, which may be parts of the words of this one."""
    monkeypatch.setattr(_Secrets, "known", ())


@pytest.fixture
def logs(tmp_path):
    """The sample logs in a folder of their own."""
    return write_logs(tmp_path / "logs")


@pytest.fixture(scope="session")
def real_logs():
    """The folder of real logs, if there is one."""
    if not REAL_LOGS.is_dir():
        pytest.skip("no real logs beside the project")
    return REAL_LOGS


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Leave the tests that need the S3 server out of the quick ones: it takes seconds to start."""
    for item in items:
        if "s3_address" in getattr(item, "fixturenames", ()):  # a doctest has none
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def s3_address():
    """The address of an S3 server with nothing in it."""
    with s3_server() as address:
        yield address


@pytest.fixture
def s3(s3_address, monkeypatch):
    """A file system on that server with an empty bucket, and the environment that selects it."""
    import s3fs  # noqa: PLC0415 (most tests need none of it)

    for name, value in {
        "AWS_ENDPOINT_URL": s3_address,
        "AWS_ACCESS_KEY_ID": "tests-key",
        "AWS_SECRET_ACCESS_KEY": "tests-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    system = s3fs.S3FileSystem(skip_instance_cache=True)
    system.mkdir("logs")
    yield system
    system.rm("logs", recursive=True)
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def endless(tmp_path):
    """Two logs that never end: pipes that nobody writes to."""
    folder = tmp_path / "endless"
    folder.mkdir()
    held = []
    for name in ("a.log", "b.log"):
        os.mkfifo(folder / name)
        held.append(os.open(folder / name, os.O_RDWR))
    yield folder
    for descriptor in held:
        os.close(descriptor)


def run_in(folder, *arguments, **options):
    """Run the command in a folder, as a user runs it, or in a fork where that is as good."""
    place = {
        "cwd": options.pop("cwd", folder),
        "env": {**os.environ, **options.pop("env", {})},
        "timeout": 60,
    }
    arguments = [*map(str, arguments)]
    return run_in_fork(arguments, **place, **options) or subprocess.run(
        [sys.executable, "-m", "findrobots", *arguments],
        capture_output=True,
        text=True,
        check=False,
        **place,
        **options,
    )


@pytest.fixture
def run_command(tmp_path):
    """The command, run in an empty folder."""
    return partial(run_in, tmp_path)


@pytest.fixture(scope="session")
def run_commands():
    """The command, run in the folder that is its first argument."""
    return run_in
