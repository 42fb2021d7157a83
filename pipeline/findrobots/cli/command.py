"""Define a command whose help is in sections, and whose arguments are checked strictly."""

import os
import stat
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
from click.shell_completion import CompletionItem

from findrobots.cli.console import print_lines
from findrobots.formats.suggest import suggestion

__all__ = ["Command", "Group", "LogName", "PathName", "Root"]

# The sections of a command's help, in order, each with the options that belong there, by the
# names of their parameters. Those that are in no section come last.
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Server": ("form", "robots_txt"),
    "What to print": ("what", "by", "sources", "sort", "limit", "all_rows"),
    "Output": (
        *("output", "report", "shards", "update", "rejudge", "rejects"),
        *("csv", "json", "ndjson"),
    ),
    "Logs": ("include", "exclude", "strict", "identical"),
    "Filters": (
        *("paths", "robot_names", "purposes", "verdicts", "verdict", "violators", "hosts"),
        *("vhosts", "since", "until"),
    ),
    "Robots": ("robots", "verify", "lists"),
    "Formats": ("log_format", "fields", "host_field", "timezone"),
    "Running": ("scheduler", "workers"),
}
OTHERS = "Other options"
# A help with fewer options needs no sections.
MANY_OPTIONS = 12
# The part of the width that the names of options and commands may take: on a narrow terminal,
# the text of one with a long name is below it.
NAME_SHARE = 3
# What the help calls a path: a shell completes the names of files.
PATHS = ("DIR", "FILE", "LOG", "POLICY", "TABLE")
# Letters of a command's first sentence, which the help of its group prints whole.
WHOLE = 1000


class HelpFormatter(click.HelpFormatter):
    """A formatter that keeps enough room for texts beside names, on narrow terminals too."""

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Write a list of names and texts; see ``click.HelpFormatter.write_dl``."""
        super().write_dl([*rows], min(col_max, self.width // NAME_SHARE), col_spacing)


class Context(click.Context):
    """A context whose help is written by ``HelpFormatter``."""

    formatter_class = HelpFormatter


class Command(click.Command):
    """A command that refuses an option with one value that is given twice.

    click takes the last one: of ``--since A --since B`` it would ignore A.
    """

    context_class = Context

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 (as click has them)
        super().__init__(*args, **options)
        for param in self.params:
            is_path = (param.metavar or "").removesuffix("...") in PATHS
            if is_path and param.type is click.STRING:
                param.type = PathName()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; see ``click.Command.parse_args``."""
        _check_given_once(self, ctx, args)
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in sections, if there are many."""
        write_options(self, ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click calls it so)
        """Write what follows the options: examples, each on a line of its own."""
        write_epilog(self, formatter)


class Group(click.Group):
    """A command with commands of its own, whose options are checked as those of ``Command``."""

    context_class = Context

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; see ``click.Command.parse_args``."""
        _check_given_once(self, ctx, args)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click calls it so)
        """Return the names of the commands in the order in which they were added."""
        return [*self.commands]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments name; an unknown one is refused.

        Raises
        ------
        click.UsageError
            There is no such command; the message suggests a similar one.
        """
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            message = f"No such command '{name}'.{suggestion(name, self.list_commands(ctx))}"
            raise click.UsageError(message, ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands in order, each with its whole first sentence."""
        write_commands(self, formatter, {"Commands": self.list_commands(ctx)})


class Root(Group):
    """The command itself: without arguments it prints its help, which has commands in sections.

    Parameters
    ----------
    sections
        The commands by the heading under which the help has them.
    """

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 (as click has them)
        sections: Mapping[str, Sequence[click.Command]],
        **options: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*args, **options)
        self.sections = {
            heading: [command.name for command in commands if command.name]
            for heading, commands in sections.items()
        }
        for commands in sections.values():
            for command in commands:
                self.add_command(command)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; without any, the help is printed.

        The help comes before all options, so that a configuration that is not valid does not keep
        it away.
        """
        wants_help = not args or args[0] in ctx.help_option_names
        if wants_help and not ctx.resilient_parsing:  # a shell completes a word
            print_lines([self.get_help(ctx)])
            ctx.exit()
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click calls it so)
        """Write the commands in sections."""
        write_commands(self, formatter, self.sections)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, which most readers look for, before the options."""
        self.format_commands(ctx, formatter)
        write_options(self, ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click calls it so)
        """Write the examples."""
        write_epilog(self, formatter)


def write_options(
    command: click.Command, ctx: click.Context, formatter: click.HelpFormatter
) -> None:
    """Write the help of a command's options, in sections if there are many."""
    for heading, options in option_sections(command, ctx).items():
        records = [option.get_help_record(ctx) for option in options]
        if shown := [record for record in records if record]:
            with formatter.section(heading):
                formatter.write_dl(shown)


def option_sections(command: click.Command, ctx: click.Context) -> dict[str, list[click.Parameter]]:
    """Return the options of a command by the headings under which its help has them."""
    options = [param for param in command.get_params(ctx) if isinstance(param, click.Option)]
    if len(options) < MANY_OPTIONS:
        return {"Options": [*options]}
    section_of = {name: heading for heading, names in SECTIONS.items() for name in names}
    sections: dict[str, list[click.Parameter]] = {heading: [] for heading in [*SECTIONS, OTHERS]}
    for option in options:
        sections[section_of.get(option.name or "", OTHERS)].append(option)
    return {heading: members for heading, members in sections.items() if members}


def write_commands(
    group: click.Group, formatter: click.HelpFormatter, sections: Mapping[str, Sequence[str]]
) -> None:
    """Write the commands of a group under headings, each with its first sentence."""
    widest = max(len(name) for names in sections.values() for name in names)
    for heading, names in sections.items():
        commands = [(name, group.commands[name]) for name in names]
        rows = [
            # The names are padded, so that the texts of all sections begin at one column.
            (name.ljust(widest), command.get_short_help_str(WHOLE))
            for name, command in commands
            if not command.hidden
        ]
        if rows:
            with formatter.section(heading):
                formatter.write_dl(rows)


def write_epilog(command: click.Command, formatter: click.HelpFormatter) -> None:
    """Write the examples of a command as they are: a command line is not wrapped."""
    if not command.epilog:
        return
    with formatter.section("Examples"):
        for line in command.epilog.strip().splitlines():
            formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


def _check_given_once(command: click.Command, ctx: click.Context, args: list[str]) -> None:
    *_, given = command.make_parser(ctx).parse_args(list(args))
    for option, count in Counter(given).items():
        if count > 1 and isinstance(option, click.Option) and _has_one_value(option):
            message = f"{max(option.opts, key=len)} was given {count} times; it takes one value"
            raise click.UsageError(message, ctx)


def _has_one_value(option: click.Option) -> bool:
    return not (option.multiple or option.is_flag or option.count)


class PathName(click.types.StringParamType):
    """The type of a path: a shell completes it by the names of files."""

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 (click calls it so)
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """Return that the shell completes the names of files."""
        return [CompletionItem(incomplete, type="file")]


class LogName(PathName):
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
