"""The command ``findrobots completion``: print what makes a shell complete the command."""

import click

from findrobots.cli.command import Command
from findrobots.cli.console import print_lines
from findrobots.cli.options import debug_option

__all__ = ["COMPLETE_VARIABLE", "SHELLS", "complete", "completion"]

SHELLS = ("bash", "zsh", "fish")
NAME = "findrobots"
# Names the variable by which a shell asks the command for words, as click does.
COMPLETE_VARIABLE = "_FINDROBOTS_COMPLETE"
# Lines of at most 58 letters, for terminals of 60 columns.
EXAMPLES = r"""
findrobots completion bash \
  > ~/.local/share/bash-completion/completions/findrobots
findrobots completion zsh > "${fpath[1]}/_findrobots"
findrobots completion fish \
  > ~/.config/fish/completions/findrobots.fish
"""


@click.command(cls=Command, epilog=EXAMPLES)
@click.argument("shell", metavar="SHELL", type=click.Choice(SHELLS))
@debug_option
def completion(*, shell: str) -> None:
    """Print the script by which a shell completes commands, options and files.

    SHELL is bash (4.4 or later), zsh or fish. Save the script in a directory, which has to exist,
    where the shell looks for it, and start a new shell. Or add to ~/.bashrc:
    eval "$(findrobots completion bash)"
    """
    from click.shell_completion import get_completion_class

    completer = get_completion_class(shell)
    if completer is None:  # click has all of SHELLS
        message = f"this version of click does not complete words in {shell}"
        raise click.UsageError(message)
    root = click.get_current_context().find_root().command
    script = completer(root, {}, NAME, COMPLETE_VARIABLE).source()
    print_lines(script.strip().splitlines())


def complete(command: click.Command, instruction: str) -> int:
    """Print the words by which a shell completes a line; return the exit status.

    Parameters
    ----------
    command
        The command ``findrobots``.
    instruction
        What the shell asks for, such as ``bash_complete``; the line is in the environment.
    """
    from click.shell_completion import shell_complete

    return shell_complete(command, {}, NAME, COMPLETE_VARIABLE, instruction)
