"""The command ``findrobots block``: write rules for servers that keep robots out."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from findrobots.cli.command import Command
from findrobots.cli.console import echo, print_waiting, write_bytes
from findrobots.cli.options import debug_option, verify_options

__all__ = ["block"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FORMATS = (
    *("nginx", "apache", "caddy", "haproxy", "nftables", "fail2ban", "cloudflare"),
    *("robots.txt", "goaccess"),
)


@click.command(cls=Command)
@click.argument("table", metavar="TABLE")
@click.option(
    "--for",
    "form",
    metavar="WHAT",
    type=click.Choice(FORMATS),
    required=True,
    help=f"What to write: {', '.join(FORMATS[:-1])}, or {FORMATS[-1]} (its list of crawlers).",
)
@click.option(
    "--robot",
    "robots",
    metavar="NAME",
    multiple=True,
    help="Choose this robot, whatever it is (repeatable).",
)
@click.option(
    "--purpose",
    "purposes",
    metavar="PURPOSE",
    multiple=True,
    help="Choose the robots in TABLE with this purpose, such as ai-training or seo (repeatable).",
)
@click.option(
    "--verdict",
    type=click.Choice(["impostor"]),
    help="Of the chosen robots, or of all, block the addresses of impostors.",
)
@click.option(
    "--violators",
    is_flag=True,
    help="Of the chosen robots, or of all, block those that broke robots.txt.",
)
@click.option(
    "--host",
    "hosts",
    metavar="ADDRESS",
    multiple=True,
    help="Block this address, whatever is known of it (repeatable).",
)
@click.option(
    "--since",
    metavar="TIME",
    help="Leave out addresses that were last seen before TIME, since addresses change hands.  "
    "[default: 31 days ago]",
)
@click.option(
    "--robots-txt",
    metavar="FILE",
    default="",
    help="With --for robots.txt: the robots.txt to extend.",
)
@verify_options
@click.option("-o", "--output", metavar="FILE", help="Write the rules to this file.")
@click.option("-q", "--quiet", is_flag=True, help="Do not print the summary.")
@debug_option
def block(  # noqa: PLR0913 (click passes each option)
    table: str,
    *,
    form: str,
    robots: tuple[str, ...],
    purposes: tuple[str, ...],
    verdict: str | None,
    violators: bool,
    hosts: tuple[str, ...],
    since: str | None,
    robots_txt: str,
    verify: str,
    lists: Path | None,
    output: str | None,
    quiet: bool,
) -> None:
    """Write rules that keep robots out, for a server, a firewall or robots.txt.

    TABLE is the directory of an audit, or a host table. A summary of what the rules block, and
    of what they leave out, goes to standard error first.

    Search engines, archives and monitors are blocked only if --robot names them. An address is
    blocked only if it is an impostor's, or a verified one of a robot that --robot names and
    of no other; never if a browser has used it. Other rules rest on the user agent alone.
    """
    # Imported late: --help does not need these.
    from findrobots.running.lean_imports import import_arrow

    import_arrow()
    from findrobots.cli.block_summary import block_summary
    from findrobots.exports.block_list import Choice
    from findrobots.exports.formats import EXPORTS
    from findrobots.jobs.block import BlockJob, make_rules, write_rules_file
    from findrobots.robots.agents import PURPOSES

    for purpose in purposes:
        if purpose not in PURPOSES:
            message = f"{purpose!r} is not a purpose. Choose one of {', '.join(PURPOSES)}"
            raise click.BadParameter(message, param_hint="--purpose")
    if robots_txt and not EXPORTS[form].extends:
        message = "it needs --for robots.txt"
        raise click.BadParameter(message, param_hint="--robots-txt")
    job = BlockJob(
        table=table,
        form=form,
        choice=Choice(
            robots=robots,
            purposes=purposes,
            impostors=verdict is not None,
            violators=violators,
            hosts=hosts,
            since=_first_day(since),
        ),
        robots_txt=robots_txt,
        verify=verify,
        lists=lists,
    )
    outcome = make_rules(job)
    for note in outcome.notes:
        echo(note, err=True)
    if not quiet:
        for line in block_summary(outcome, form):
            echo(line, err=True)
    if output:
        write_rules_file(outcome.content, output, waiting=lambda: print_waiting(output))
        if not quiet:
            echo(f"{output} written", err=True)
    else:
        write_bytes(outcome.content)


def _first_day(since: str | None) -> date:
    """Return the day on which addresses must have been seen, or later, to be blocked."""
    from findrobots.robots.filter import make_filter
    from findrobots.robots.verify import MAX_DAYS

    bound = make_filter(since=since).since
    now = datetime.now(UTC)
    moment = (
        now - timedelta(days=MAX_DAYS) if bound is None else EPOCH + timedelta(microseconds=bound)
    )
    return moment.date()
