"""Run the command in forks of a process that has imported what it needs.

Starting Python and importing the libraries takes most of the time of a quick test that runs the
command. ``make test`` runs it in forks, by ``FINDROBOTS_TEST_FORKS=1``; ``make check`` runs it as a
user does.
"""

import json
import os
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, Thread

ENABLED = "FINDROBOTS_TEST_FORKS"
SERVER = Path(__file__).with_name("fork_server.py")
# What Python and the libraries read when they start: where it differs, a process is started.
READ_AT_START = ("PYTHON", "DASK_", "OPENBLAS_", "LD_", "COVERAGE_", "MALLOC_")
_one_at_a_time = Lock()


class _Server:
    """A process that forks for each command; it ends when this process does."""

    def __init__(self):
        self.environment = _at_start(os.environ)
        self.socket, theirs = socket.socketpair()
        with theirs:
            descriptor = theirs.fileno()
            command = [sys.executable, str(SERVER), str(descriptor)]
            self.process = subprocess.Popen(
                command, pass_fds=[descriptor], stdin=subprocess.DEVNULL
            )
        self.replies = self.socket.makefile()

    def run(self, **request):
        """Run a command, and return the status with which it ended."""
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        return int(self.replies.readline())


_server = cache(_Server)


def _at_start(environment):
    return {key: value for key, value in environment.items() if key.startswith(READ_AT_START)}


def run_in_fork(arguments, *, cwd, env, timeout, **options):
    """Run the command, as ``subprocess.run`` does with text; return None if that needs a process.

    ``input`` is the only other option that is known.
    """
    text = options.pop("input", None)
    if options:
        return None
    with TemporaryDirectory() as folder:
        given, out, err = (Path(folder, name) for name in ("in", "out", "err"))
        given.write_text(text or "")
        files = [os.devnull if text is None else str(given), str(out), str(err)]
        process = start_in_fork(arguments, files, cwd=cwd, env=env)
        if process is None:
            return None
        status = process.wait(timeout)
        return subprocess.CompletedProcess(arguments, status, out.read_text(), err.read_text())


def start_in_fork(arguments, files, *, cwd, env, terminal=None):
    """Start the command, as ``subprocess.Popen`` does; return None if that needs a process.

    ``files`` are the paths of standard input, output and error. A terminal to which they lead is
    closed when the command has ended. Commands that run at the same time are not forked, since they
    may wait for one another.
    """
    if not os.environ.get(ENABLED) or not _one_at_a_time.acquire(blocking=False):
        return None
    server = _server()
    if _at_start(env) != server.environment or not Path(cwd).is_dir():
        _one_at_a_time.release()
        return None
    request = {"arguments": [*map(str, arguments)], "cwd": str(cwd), "env": env, "files": files}
    return Forked(server, request, terminal)


class Forked(Thread):
    """A command that runs in a fork."""

    def __init__(self, server, request, terminal):
        super().__init__(daemon=True)
        self.server, self.request, self.terminal = server, request, terminal
        self.status = None
        self.start()

    def run(self):
        try:
            self.status = self.server.run(**self.request)
        finally:
            if self.terminal is not None:
                os.close(self.terminal)
            _one_at_a_time.release()

    def wait(self, timeout):
        """Return the status with which the command ends, if it does so in time."""
        self.join(timeout)
        assert self.status is not None, "the command does not end"
        return self.status
