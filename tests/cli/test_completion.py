"""The scripts of findrobots completion, in real shells."""

import os
import shutil
import subprocess
import sys

import pytest
from findrobots.cli.completion_words import SCHEDULER_NAMES
from findrobots.running.schedulers import SCHEDULERS

# A bash that completes a line as if Tab were pressed at its end.
BASH = """
source findrobots.bash
COMP_WORDS=({line}) COMP_CWORD=$(({count} - 1))
compopt() {{ echo "compopt ${{*:2}}"; }}
_findrobots_completion findrobots
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def shell(run_command, tmp_path):
    """Runs text in a shell in which findrobots is a command, with the shell's own script."""
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin/findrobots"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m findrobots "$@"\n')
    command.chmod(0o755)
    path = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}

    def run(name, *arguments, text):
        if not shutil.which(name):
            pytest.skip(f"{name} is not installed")
        script = run_command("completion", name, env=path)
        assert (script.returncode, script.stderr) == (0, "")
        (tmp_path / f"findrobots.{name}").write_text(script.stdout)
        done = subprocess.run(
            [name, *arguments],
            input=text,
            cwd=tmp_path,
            env={**os.environ, **path, "TERM": "dumb"},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout

    return run


def completed(shell, *words):
    line = " ".join(f"'{word}'" for word in words)
    text = BASH.format(line=line, count=len(words))
    return shell("bash", "--norc", text=text).split("\n")[:-1]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["findrobots", "sc"], ["scan"]),
        (["findrobots", "lists", "u"], ["update"]),
        (["findrobots", "scan", "--un"], ["--until"]),
        (["findrobots", "scan", "--scheduler", "th"], ["threads"]),
        (["findrobots", "scan", "--format", "hapr"], ["haproxy"]),
        (["findrobots", "scan", "--timezone", "europe/berl"], ["Europe/Berlin"]),
        (["findrobots", "audit", "--verify", "d"], ["dns"]),
        (["findrobots", "robots", "--purpose", "ai-t"], ["ai-training"]),
        (["findrobots", "completion", "z"], ["zsh"]),
        (["findrobots", "scan", "--xyz"], [""]),
    ],
)
def test_bash_completes_a_word(shell, words, expected):
    assert completed(shell, *words) == expected


@pytest.mark.parametrize(
    "words",
    [
        ["scan", "ac"],
        ["scan", "-o", "ro"],
        ["show", "ro"],
        ["merge", "ro"],
        ["audit", "--robots", "ro"],
        ["audit", "--lists", "li"],
    ],
)
def test_bash_completes_the_names_of_files(shell, words):
    assert completed(shell, "findrobots", *words)[0] in {
        "compopt default",
        "compopt dirnames",
    }


def test_tab_completes_the_line_of_an_interactive_bash(shell):
    line = "source findrobots.bash\nfindrobots comp\tzsh | head -n 1\nexit\n"
    assert "#compdef findrobots" in shell("bash", "--norc", "-i", text=line)


def test_fish_completes_a_word(shell):
    text = "source findrobots.fish\ncomplete -C 'findrobots sc'\n"
    assert shell("fish", "--no-config", text=text).split()[0] == "scan"


@pytest.mark.slow
def test_zsh_reads_its_script(shell):
    text = "autoload -U compinit; compinit -D; source ./findrobots.zsh; echo $_comps[findrobots]\n"
    assert shell("zsh", "-f", text=text) == "_findrobots_completion\n"


def test_the_schedulers_that_are_completed_are_those_there_are():
    assert (*SCHEDULERS, "tcp://") == SCHEDULER_NAMES


@pytest.mark.parametrize("arguments", [["completion"], ["completion", "tcsh"]])
def test_another_shell_is_refused_with_the_known_ones(run_command, arguments):
    done = run_command(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "bash" in done.stderr or "SHELL" in done.stderr
