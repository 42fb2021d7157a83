"""Write the reference pages of the command line and of the known robots.

The one is written from the commands' own help, the other from ``robots/agents.csv``. A test
checks that ``docs/reference/command-line.md`` and ``robots.md`` are what this script writes.
"""

import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from findrobots.cli.command import Root, option_sections
from findrobots.cli.main import cli
from findrobots.cli.robot_table import describe_check, describe_obedience, describe_verification
from findrobots.robots.agents import Robot, load_robots

PAGE = Path(__file__).parent / "reference" / "command-line.md"
ROBOTS_PAGE = PAGE.with_name("robots.md")
HEAD = """\
# Command line

<!-- Written by `make docs` from `findrobots --help`; change the help texts instead. -->
"""
ROBOTS_HEAD = """\
# Robots

<!-- Written by `make docs` from `pipeline/findrobots/robots/agents.csv`; change that instead. -->

findrobots knows these {count} robots by a row each; `findrobots robots` lists them, and
`findrobots robots --csv` prints all that is known of each. Other robots are named by the patterns
of [crawler-user-agents](https://github.com/monperrus/crawler-user-agents), or name themselves: a
user agent with a word such as "bot", with `+http` or with a mail address declares a robot. A user
agent "like Googlebot" does not declare Googlebot.

A user agent is a claim that anybody can make. *Verified by* is what can prove it: the lists of
addresses that the operator publishes, by their names here, or the domains of its hosts, whose
names must also resolve to the address (forward-confirmed reverse DNS). Where it is *nothing*, the
robot cannot be distinguished from others that use its name.

*Obeys* is what the operator says, not what the robot does. *Checked* is the day on which the row
was compared with the operator's own words, in a stored copy of its page or quoted from it.
{unchecked} rows are not checked, because these words were not available.
"""
ROBOTS_COLUMNS = ("robot", "operator", "purpose", "verified by", "obeys", "page", "checked")
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


def render_robots() -> str:
    """Return the page of the known robots as Markdown."""
    robots = load_robots()
    unchecked = sum(robot.checked is None for robot in robots)
    head = ROBOTS_HEAD.format(count=len(robots), unchecked=unchecked)
    rows = [ROBOTS_COLUMNS, ("---",) * len(ROBOTS_COLUMNS), *map(_robot_cells, robots)]
    return "\n".join([head, *(f"| {' | '.join(row)} |" for row in rows), ""])


def _robot_cells(robot: Robot) -> tuple[str, ...]:
    return (
        f"`{robot.name}`",
        robot.operator,
        robot.purpose,
        _escape(describe_verification(robot)),
        _escape(describe_obedience(robot)),
        f"[page]({robot.docs})" if robot.docs else "none known",
        describe_check(robot),
    )


def _describe(context: click.Context) -> Iterator[str]:
    """Yield a command's usage, help, arguments, options and commands as blocks of Markdown."""
    command = context.command
    yield _code(" ".join([context.command_path, *command.collect_usage_pieces(context)]))
    yield from _paragraphs(command.help or "")
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    if arguments:
        yield "Arguments:\n"
        yield _list((each.human_readable_name, _count(each)) for each in arguments)
    for heading, options in option_sections(command, context).items():
        records = (each.get_help_record(context) for each in options)
        yield f"{heading}:\n"
        yield _list((record[0], _option_help(record[1])) for record in records if record)
    if isinstance(command, click.Group):
        sections = {"Commands": [*command.commands]}
        if isinstance(command, Root):
            sections = command.sections
        for heading, names in sections.items():
            commands = [(name, command.commands[name]) for name in names]
            yield f"{heading}:\n"
            yield _list((name, _escape(each.get_short_help_str(1000))) for name, each in commands)
    if command.epilog:
        yield "Examples:\n"
        yield _code(command.epilog.strip())


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
    ROBOTS_PAGE.write_text(render_robots())
