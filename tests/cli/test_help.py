"""The help of each command: its sections, its order, and that it fits a narrow terminal."""

import re

import click
import pytest
from findrobots.cli.command import OTHERS, option_sections
from findrobots.cli.main import SECTIONS, cli

WIDTHS = [60, 80, 120]
# Options that each command has, and one that stands alone.
COMMON = {"--debug", "--help", "--quiet", "--allow-overlap"}


def contexts(command, parent=None):
    """Yield the context of a command, and those of its own commands."""
    name = "findrobots" if parent is None else command.name
    context = command.context_class(command, info_name=name, parent=parent)
    yield context
    for inner in getattr(command, "commands", {}).values():
        yield from contexts(inner, context)


ALL = [*contexts(cli)]
IDS = [context.command_path for context in ALL]


def help_text(context, width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    fresh = type(context)(context.command, info_name=context.info_name, parent=context.parent)
    return context.command.get_help(fresh)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("context", ALL, ids=IDS)
def test_a_help_fits_the_terminal(context, width, monkeypatch):
    assert max(map(len, help_text(context, width, monkeypatch).splitlines())) <= width


@pytest.mark.parametrize("context", ALL, ids=IDS)
def test_no_description_is_cut_off(context, monkeypatch):
    assert "..." not in help_text(context, 60, monkeypatch).partition("\n\n")[2].replace(
        "...\n", "\n"
    )


def test_the_command_alone_prints_its_help(run_command):
    alone, asked = run_command(), run_command("--help")
    assert (alone.returncode, alone.stderr) == (0, "")
    assert alone.stdout == asked.stdout


def test_commands_are_in_sections_in_the_order_of_use(run_command):
    text = run_command("--help").stdout
    listed = [name for commands in SECTIONS.values() for name in (each.name for each in commands)]
    assert [*cli.commands] == listed
    assert [*map(text.index, (f"\n  {name} " for name in listed))] == sorted(
        map(text.index, (f"\n  {name} " for name in listed))
    )
    assert all(f"\n{heading}:\n" in text for heading in SECTIONS)


@pytest.mark.parametrize("context", ALL, ids=IDS)
def test_each_option_has_its_section(context):
    others = option_sections(context.command, context).get(OTHERS, [])
    assert {max(option.opts, key=len) for option in others} <= COMMON


@pytest.mark.parametrize("context", ALL, ids=IDS)
def test_the_sections_of_a_help_have_each_option_once(context):
    sections = option_sections(context.command, context)
    options = [
        each for each in context.command.get_params(context) if isinstance(each, click.Option)
    ]
    found = [option.opts for members in sections.values() for option in members]
    assert sorted(found) == sorted(option.opts for option in options)


@pytest.mark.parametrize("arguments", [[], ["scan"], ["audit"]])
def test_a_help_ends_with_three_examples(run_command, arguments):
    text = run_command(*arguments, "--help").stdout
    examples = text.partition("\nExamples:\n")[2].splitlines()
    assert len(examples) == 3
    assert all("findrobots " in line for line in examples)


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["scna"], "No such command 'scna'. Did you mean 'scan'? See findrobots --help"),
        (["lists", "updat"], "Did you mean 'update'? See findrobots lists --help"),
        (["scan", "x", "--formt", "json"], "Did you mean --format? See findrobots scan --help"),
        (["robots", "--purpose", "serach"], "Did you mean 'search'? See findrobots robots --help"),
        (
            ["lists", "update", "--list", "x"],
            "Did you mean --lists? See findrobots lists update --help",
        ),
        (["xyz"], "No such command 'xyz'. See findrobots --help"),
    ],
)
def test_an_unknown_word_comes_with_the_nearest_one(run_command, arguments, hint):
    done = run_command(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.sub(r"'(--\w+)'", r"\1", done.stderr).endswith(f"{hint}\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["scan", "x", "--format", "combind"], "unknown format (did you mean 'combined'?); "),
        (["scan", "x", "--format", "json", "--fields", "hsot=a"], "(did you mean 'host'?)"),
        (["scan", "x", "--scheduler", "thread"], "HOST:PORT. Did you mean 'threads'?"),
        (["scan", "x", "--timezone", "Europe/Belin"], "Did you mean 'Europe/Berlin'?"),
        (["show", "robots.parquet", "--sort", "request"], "Did you mean 'requests'?"),
    ],
)
def test_an_unknown_name_comes_with_the_nearest_one(run_command, logs, arguments, hint):
    (logs.parent / "x").write_text("x\n")
    run_command("scan", logs, "-o", "robots.parquet", "-q")
    done = run_command(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert hint in done.stderr
    assert done.stderr.count("\n") == 1
