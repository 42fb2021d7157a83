"""List the formats in which rules are written."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from findrobots import __version__
from findrobots.exports.block_list import BlockList, Kinds, LeftOut
from findrobots.exports.cloudflare import USAGE as CLOUDFLARE_USAGE
from findrobots.exports.cloudflare import write_cloudflare
from findrobots.exports.goaccess import USAGE as GOACCESS_USAGE
from findrobots.exports.goaccess import write_goaccess
from findrobots.exports.robots_txt import extend_robots_txt, unreachable_robots
from findrobots.exports.servers import SERVERS, Server, head_lines

__all__ = ["EXPORTS", "Export", "write_rules"]

BOTH, ADDRESSES, AGENTS = Kinds(), Kinds(agents=False), Kinds(addresses=False)
ROBOTS_TXT_HEAD = (
    f"Written by findrobots {__version__}: robots that are asked to stay away.",
    "This is a request: a robot need not keep to it.",
)


def _whole(existing: bytes, rules: BlockList) -> bytes:
    return extend_robots_txt(existing, rules.robots, ROBOTS_TXT_HEAD)


def _nothing(_: BlockList) -> Iterable[LeftOut]:
    return ()


class Export(NamedTuple):
    """A format of rules.

    Attributes
    ----------
    kinds
        What its rules can match.
    write
        Write a file, given the content that it is to extend and what is blocked.
    left_out
        Return what it cannot express though it matches user agents.
    extends
        Whether it can extend a file.
    """

    kinds: Kinds
    write: Callable[[bytes, BlockList], bytes]
    left_out: Callable[[BlockList], Iterable[LeftOut]] = _nothing
    extends: bool = False


def _lines(
    usage: tuple[str, ...], write: Callable[[BlockList], Iterator[str]]
) -> Callable[[bytes, BlockList], bytes]:
    """Return a function that writes a file of lines, which begins with its usage."""

    def whole(_: bytes, rules: BlockList) -> bytes:
        lines = [*head_lines(usage, __version__), *write(rules)]
        return "".join(f"{line}\n" for line in lines).encode("ascii")

    return whole


def _server(server: Server, kinds: Kinds = BOTH) -> Export:
    return Export(kinds, _lines(server.usage, server.write))


EXPORTS = {
    **{name: _server(SERVERS[name]) for name in ("nginx", "apache", "caddy", "haproxy")},
    "nftables": _server(SERVERS["nftables"], ADDRESSES),
    "fail2ban": _server(SERVERS["fail2ban"]),
    "cloudflare": Export(BOTH, _lines(CLOUDFLARE_USAGE, write_cloudflare)),
    "robots.txt": Export(AGENTS, _whole, unreachable_robots, extends=True),
    "goaccess": Export(AGENTS._replace(blocks=False), _lines(GOACCESS_USAGE, write_goaccess)),
}


def write_rules(name: str, rules: BlockList, existing: bytes = b"") -> tuple[bytes, BlockList]:
    """Write what is blocked in a format.

    Parameters
    ----------
    name
        One of ``EXPORTS``.
    rules
        What is blocked.
    existing
        The content to extend, if the format extends files.

    Returns
    -------
    The content of the file, and what it blocks: without what it cannot express.
    """
    export = EXPORTS[name]
    left_out = [*export.left_out(rules)]
    without = {each.subject for each in left_out}
    expressed = rules._replace(
        robots=tuple(robot for robot in rules.robots if robot.name not in without),
        agents=tuple(rule for rule in rules.agents if rule.robot not in without),
        left_out=(*rules.left_out, *left_out),
        blocked=tuple(row for row in rules.blocked if row.robot not in without),
    )
    return export.write(existing, expressed), expressed
