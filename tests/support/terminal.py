"""Commands on a real terminal."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios

from support.forks import start_in_fork

# What the terminal itself says, and what makes the command print plain lines at once.
SCREEN = ("COLUMNS", "LINES")
PLAIN = {"NO_COLOR": "1", "PAGER": ""}


def on_a_terminal(arguments, columns, cwd, seen=len, *, status=0, **env):
    """Run a command on a terminal of some width and return all it shows there."""
    shown, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {name: text for name, text in os.environ.items() if name not in SCREEN}
    place = {"cwd": cwd, "env": kept | PLAIN | env}
    files = [os.ttyname(terminal)] * 3
    process = start_in_fork(arguments, files, terminal=terminal, **place)
    if process is None:
        process = subprocess.Popen(
            [sys.executable, "-m", "findrobots", *map(str, arguments)],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            **place,
        )
        os.close(terminal)
    text = b""
    while select.select([shown], [], [], 30)[0]:
        try:
            text += os.read(shown, 65536)
        except OSError:  # the terminal's other end is closed
            break
        seen(text)
    os.close(shown)
    assert process.wait(timeout=10) == status
    return text.decode()
