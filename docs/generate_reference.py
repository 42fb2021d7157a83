"""Write the reference page of the command line from the commands' own help.

A test checks that ``docs/reference/command-line.md`` is what this script writes.
"""

import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from findrobots.cli.main import cli

PAGE = Path(__file__).parent / "reference" / "command-line.md"
HEAD = """\
# Command line

<!-- Written by `make docs` from `findrobots --help`; change the help texts instead. -->
"""
# What click adds to an option's help: its default, its range, whether it is required.
EXTRAS = re.compile(r"\s*\[(default: [^]]*|required|x?[<>=\dx]+)\]")


def render_reference() -> str:
    """Return the page as Markdown. It does not depend on the terminal's width."""
    root = click.Context(cli, info_name="findrobots", **cli.context_settings)
    return "\n".join([HEAD, *_describe(root), *_describe_commands(root, "##")])


def _describe_commands(parent: click.Context, heading: str) -> Iterator[str]:
    """Yield a section per command of a command, each with those of its own commands."""
    if not isinstance(parent.command, click.Group):
        return
    for name, command in parent.command.commands.items():
        if not command.hidden:
            context = click.Context(command, info_name=name, parent=parent)
            yield f"{heading} {context.command_path}\n"
            yield from _describe(context)
            yield from _describe_commands(context, f"{heading}#")


def _describe(context: click.Context) -> Iterator[str]:
    """Yield a command's usage, help, arguments, options and commands as blocks of Markdown."""
    command = context.command
    yield _code(" ".join([context.command_path, *command.collect_usage_pieces(context)]))
    yield from _paragraphs(command.help or "")
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    if arguments:
        yield "Arguments:\n"
        yield _list((each.human_readable_name, _count(each)) for each in arguments)
    options = [each for each in command.get_params(context) if isinstance(each, click.Option)]
    records = (each.get_help_record(context) for each in options)
    yield "Options:\n"
    yield _list((record[0], _option_help(record[1])) for record in records if record)
    if isinstance(command, click.Group):
        yield "Commands:\n"
        named = command.commands.items()
        yield _list((name, _escape(each.get_short_help_str(1000))) for name, each in named)


def _count(argument: click.Argument) -> str:
    if argument.nargs == -1:
        return "one or more" if argument.required else "any number"
    return "required" if argument.required else "optional"


def _option_help(text: str) -> str:
    extras = "; ".join(EXTRAS.findall(text))
    text = _escape(EXTRAS.sub("", text))
    return f"{text} ({_escape(extras)})" if extras else text


def _paragraphs(text: str) -> Iterator[str]:
    r"""Yield the paragraphs of a help text as Markdown; \b keeps the lines of one, as in click."""
    for paragraph in inspect.cleandoc(text).partition("\f")[0].split("\n\n"):
        if paragraph.startswith("\b\n"):
            yield _code(paragraph.removeprefix("\b\n"))
        elif paragraph.strip():
            yield _escape(" ".join(paragraph.split())) + "\n"


def _list(items: Iterable[tuple[str, str]]) -> str:
    return "".join(f"- `{name}`: {text}\n" for name, text in items)


def _code(text: str) -> str:
    return f"```text\n{text}\n```\n"


def _escape(text: str) -> str:
    """Escape what Markdown would take for its own signs, such as the stars of globs."""
    return re.sub(r"([\\`*_<\[])", r"\\\1", text)


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(render_reference())
