"""Do something at the exact moment when a log is opened or read, or have that call fail."""

import os
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

_listeners = []


def _audit(event, arguments):
    # An audit hook stays for ever, so this one only passes events on.
    if event == "open" and _listeners:
        for listener in _listeners[:]:
            listener(arguments[0])


sys.addaudithook(_audit)


class NthCall:
    """Call ``action`` once, at the n-th call about a log in a folder; count all of them."""

    def __init__(self, folder, number, action):
        self.folder, self.number, self.action = Path(folder), number, action
        self.calls, self.acting = 0, False

    @property
    def acted(self):
        return self.calls >= self.number

    def note(self, path):
        if self.acting or not self._is_log(path):
            return
        self.calls += 1
        if self.calls == self.number:
            self.acting = True
            try:
                self.action()
            finally:
                self.acting = False

    def _is_log(self, path):
        try:
            if isinstance(path, int):
                path = f"/proc/self/fd/{path}"
                path = os.readlink(path)  # noqa: PTH115 (paths are strings here)
            return self.folder in Path(os.fsdecode(path)).parents
        except (OSError, TypeError):
            return False


@contextmanager
def at_open(folder, number, action):
    """Call ``action`` immediately before the n-th opening of a log in a folder."""
    call = NthCall(folder, number, action)
    _listeners.append(call.note)
    try:
        yield call
    finally:
        _listeners.remove(call.note)


@contextmanager
def failing(folder, name, number, error):
    """Have the n-th call of a function of ``os`` about a log in a folder raise an error."""

    def fail():
        raise OSError(error, os.strerror(error))

    call, original, patch = NthCall(folder, number, fail), getattr(os, name), pytest.MonkeyPatch()

    def checked(*arguments, **options):
        call.note(arguments[0])
        return original(*arguments, **options)

    patch.setattr(os, name, checked)
    try:
        yield call
    finally:
        patch.undo()
