"""Write the man pages from the commands' own help: ``man/findrobots.1`` and one per command.

They are installed with the package. click-man, which does this for any command, does not know
sections of options, examples, files and exit statuses. A test checks that ``man/`` is what this
script writes.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
from findrobots import __version__
from findrobots.cli.command import Root, option_sections
from findrobots.cli.main import cli

DIRECTORY = Path(__file__).parents[1] / "man"
FILES = (
    ("/etc/xdg/findrobots/config.toml", "The system's configuration."),
    ("~/.config/findrobots/config.toml", "The user's configuration, whose values come first."),
    ("~/.local/share/findrobots/lists/", "The operators' lists of addresses, by day."),
)
STATUSES = (
    ("0", "Done."),
    ("1", "Failed; nothing was written."),
    ("2", "Wrong usage, such as an unknown option or a configuration that is not valid."),
    ("3", "Done, but some logs could not be read completely, or some lists not be fetched."),
    ("130", "Interrupted; nothing was written."),
)
DOCUMENTATION = "https://github.com/findrobots/findrobots"


def render_pages() -> Mapping[str, str]:
    """Return the man pages by the names of their files."""
    root = cli.context_class(cli, info_name="findrobots", **cli.context_settings)
    contexts = [*_contexts(root)]
    names = [_name(context) for context in contexts]
    return {
        f"{name}.1": "\n".join([*_page(context, name, names), ""])
        for context, name in zip(contexts, names, strict=True)
    }


def _contexts(context: click.Context) -> Iterator[click.Context]:
    """Yield the context of a command, and those of its own commands."""
    yield context
    if isinstance(context.command, click.Group):
        for name, command in context.command.commands.items():
            if not command.hidden:
                yield from _contexts(click.Context(command, info_name=name, parent=context))


def _name(context: click.Context) -> str:
    return context.command_path.replace(" ", "-")


def _page(context: click.Context, name: str, names: list[str]) -> Iterator[str]:
    """Yield the lines of a man page, as groff_man(7) describes them."""
    command = context.command
    yield ".\\\" Written by docs/generate_man.py from the command's help; change that instead."
    yield f'.TH "{_escape(name.upper())}" 1 "" "findrobots {__version__}" "User commands"'
    yield ".SH NAME"
    yield f"{_escape(name)} \\- {_escape(command.get_short_help_str(1000).rstrip('.'))}"
    yield ".SH SYNOPSIS"
    yield f".B {_escape(context.command_path)}"
    yield _escape(" ".join(command.collect_usage_pieces(context)))
    yield ".SH DESCRIPTION"
    yield from _paragraphs(command.help or "")
    if isinstance(command, click.Group):
        yield from _commands(command)
    yield ".SH OPTIONS"
    sections = option_sections(command, context)
    for heading, options in sections.items():
        if len(sections) > 1:
            yield f".SS {_escape(heading)}"
        for record in filter(None, (option.get_help_record(context) for option in options)):
            yield from _tagged(*record)
    if command.epilog:
        yield from (".SH EXAMPLES", ".EX")
        yield from map(_escape, command.epilog.strip().splitlines())
        yield ".EE"
    for heading, rows in (("FILES", FILES), ("EXIT STATUS", STATUSES)):
        yield f".SH {heading}"
        for row in rows:
            yield from _tagged(*row)
    yield ".SH SEE ALSO"
    yield from (f".BR {_escape(other)} (1)," for other in names if other != name)
    yield _escape(DOCUMENTATION)


def _commands(group: click.Group) -> Iterator[str]:
    yield ".SH COMMANDS"
    sections = group.sections if isinstance(group, Root) else {"": [*group.commands]}
    for heading, names in sections.items():
        if heading:
            yield f".SS {_escape(heading)}"
        for name in names:
            yield from _tagged(name, group.commands[name].get_short_help_str(1000))


def _paragraphs(text: str) -> Iterator[str]:
    """Yield the paragraphs of a help."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        yield from (".PP", _escape(" ".join(paragraph.split())))


def _tagged(tag: str, text: str) -> Iterator[str]:
    """Yield a word or an option, and below it what it means."""
    yield from (".TP", f".B {_escape(tag)}", _escape(" ".join(text.split())))


def _escape(text: str) -> str:
    """Escape what roff would take for its own signs; hyphens stay those that can be copied."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("~", "\\(ti")
    escaped = escaped.replace("^", "\\(ha").replace("`", "\\(ga").replace("'", "\\(aq")
    return re.sub(r"^(?=[.'])", r"\\&", escaped)


if __name__ == "__main__":
    DIRECTORY.mkdir(exist_ok=True)
    pages = render_pages()
    for path in DIRECTORY.glob("*.1"):
        if path.name not in pages:
            path.unlink()
    for name, page in pages.items():
        (DIRECTORY / name).write_text(page)
