"""Import what the command needs once, and fork for each command: see ``forks.py``."""

import json
import os
import socket
import sys
import time
from importlib import import_module

from findrobots.cli.main import main
from findrobots.running.lean_imports import import_arrow, import_dask

# What most commands import when they run.
MODULES = (
    *("findrobots.cli.alerts", "findrobots.jobs.audit", "findrobots.jobs.build"),
    *("findrobots.jobs.doctor", "findrobots.jobs.robots"),
)


def serve(connection):
    """Fork for each request, one after another, and reply with the status."""
    for line in connection.makefile():
        child = os.fork()
        if not child:
            connection.close()
            run(**json.loads(line))
        _, status = os.waitpid(child, 0)
        connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def run(arguments, cwd, env, files):
    """Run the command in this process, and end it."""
    for number, path in enumerate(files):
        flags = os.O_WRONLY | os.O_CREAT if number else os.O_RDONLY
        os.dup2(os.open(path, flags, 0o600), number)
    # As Python does when it starts, which depends on whether they are terminals.
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 (a descriptor)
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 (as above)
    sys.stderr = open(2, "w", 1, errors="backslashreplace", closefd=False)  # noqa: SIM115 (as above)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    sys.argv = ["findrobots", *arguments]
    main()


if __name__ == "__main__":
    import_dask()
    import_arrow()
    for name in MODULES:
        import_module(name)
    with socket.socket(fileno=int(sys.argv[1])) as requests:
        serve(requests)
