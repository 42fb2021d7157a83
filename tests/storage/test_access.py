"""Why a path is not accessible, and what gives access, is found out without reading it."""

import os

import pytest
from findrobots.storage import access
from findrobots.storage.access import access_hint, locked_directory


@pytest.fixture
def locked(tmp_path, monkeypatch):
    """A directory that may not be entered."""
    directory = tmp_path / "secret"
    directory.mkdir()
    monkeypatch.setattr(os, "access", lambda path, _: str(path) != str(directory))
    return directory


@pytest.mark.parametrize("below", ["a.log", "inner/a.log", "*/a.log"])
def test_the_first_directory_that_cannot_be_entered_is_found(locked, below):
    assert locked_directory(str(locked / below)) == str(locked)


@pytest.mark.parametrize("path", ["a.log", "open/a.log", "secret", "*/a.log", ""])
def test_a_path_on_which_every_directory_is_open_has_none(locked, path):
    assert locked_directory(str(locked.parent / path)) is None


def test_the_group_is_named_if_its_members_may_read(tmp_path, monkeypatch):
    log = tmp_path / "a.log"
    log.touch(mode=0o640)
    monkeypatch.setattr(access, "_reading_group", lambda path: "adm" if "a.log" in path else None)
    assert access_hint(str(log)).startswith("join the group adm (sudo usermod -aG adm $USER), or ")


@pytest.mark.parametrize("path", ["nowhere/a.log", "/root", "/dev/null"])
def test_without_a_group_that_helps_sudo_is_named(path):
    assert access_hint(path) == "make it readable (chmod), or run findrobots with sudo"
