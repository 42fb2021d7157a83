"""Define a command whose arguments are checked more strictly than click does by itself."""

import os
import stat
from collections import Counter

import click

__all__ = ["Command", "Group", "LogName"]


class Command(click.Command):
    """A command that refuses an option with one value that is given twice.

    click takes the last one: of ``--since A --since B`` it would ignore A.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; see ``click.Command.parse_args``."""
        _check_given_once(self, ctx, args)
        return super().parse_args(ctx, args)


class Group(click.Group):
    """A command with commands of its own, whose options are checked as those of ``Command``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; see ``click.Command.parse_args``."""
        _check_given_once(self, ctx, args)
        return super().parse_args(ctx, args)


def _check_given_once(command: click.Command, ctx: click.Context, args: list[str]) -> None:
    *_, given = command.make_parser(ctx).parse_args(list(args))
    for option, count in Counter(given).items():
        if count > 1 and isinstance(option, click.Option) and _has_one_value(option):
            message = f"{max(option.opts, key=len)} was given {count} times; it takes one value"
            raise click.UsageError(message, ctx)


def _has_one_value(option: click.Option) -> bool:
    return not (option.multiple or option.is_flag or option.count)


class LogName(click.types.StringParamType):
    """The type of LOG: if there is none, its error says how to read a pipe."""

    def get_missing_message(self, *_: object, **__: object) -> str | None:
        """Return what to add to the error, if standard input is a pipe or a file."""
        try:
            mode = os.fstat(0).st_mode
        except OSError:  # it is closed
            return None
        if stat.S_ISFIFO(mode) or stat.S_ISREG(mode):
            return "To read standard input, write - in place of LOG: findrobots scan -"
        return None
