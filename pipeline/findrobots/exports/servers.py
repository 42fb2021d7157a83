"""Write rules in the configuration languages of servers.

A server is a row of ``SERVERS``: the text around its rules, and how it writes an address and a
user agent. ``/robots.txt`` stays open to all, because a robot that is refused it may request
anything (RFC 9309, section 2.3.1.3).
"""

from collections.abc import Callable, Iterable, Iterator
from ipaddress import ip_address
from typing import NamedTuple

from findrobots.exports.block_list import AddressRule, BlockList
from findrobots.exports.patterns import (
    AgentRule,
    comment,
    escape,
    lookaround,
    match_pattern,
    single_pattern,
    spare_pattern,
)

__all__ = ["SERVERS", "Server", "describe_address", "describe_agent", "head_lines"]

BY_AGENT = "it rests on the user agent alone, which anybody can write"

Lines = tuple[str, ...]


class Server(NamedTuple):
    """How a server is configured.

    Attributes
    ----------
    usage
        Where the rules go, in comments at the beginning of the file.
    write_address
        Write the lines of the rule on an address.
    write_agent
        Write the lines of the rule on a user agent, which has a number.
    begin, end
        The first and the last lines.
    before_addresses, after_addresses
        Lines around the addresses, if there are any.
    before_agents, after_agents
        Lines around the user agents, if there are any.
    is_fixed
        Whether these lines are there even if they have nothing between them.
    indent, address_indent
        Spaces before a rule and its comment, and further ones before that on an address.
    """

    usage: Lines
    write_address: Callable[[str], Lines]
    write_agent: Callable[[AgentRule, int], Lines]
    begin: Lines = ()
    before_addresses: Lines = ()
    after_addresses: Lines = ()
    before_agents: Lines = ()
    after_agents: Lines = ()
    end: Lines = ()
    is_fixed: bool = False
    indent: int = 0
    address_indent: int = 0

    def write(self, rules: BlockList) -> Iterator[str]:
        """Yield the lines of the configuration, after those at its head."""
        addresses = (
            (describe_address(rule), self.write_address(rule.address)) for rule in rules.addresses
        )
        agents = (
            (describe_agent(rule), self.write_agent(rule, number))
            for number, rule in enumerate(rules.agents, 1)
        )
        yield from self.begin
        space = " " * self.indent
        more = space + " " * self.address_indent
        yield from self._section(more, self.before_addresses, addresses, self.after_addresses)
        yield from self._section(space, self.before_agents, agents, self.after_agents)
        yield from self.end

    def _section(
        self, space: str, before: Lines, rules: Iterable[tuple[str, Lines]], after: Lines
    ) -> Iterator[str]:
        written = [
            f"{space}{line}"
            for description, lines in rules
            for line in (f"# {description}", *lines)
        ]
        if written or self.is_fixed:
            yield from (*before, *written, *after)


def head_lines(usage: Lines, version: str) -> Iterator[str]:
    """Yield the comments at the head of a file: what wrote it, and how to use it."""
    yield f"# Written by findrobots {version}. It replaces this file; do not edit it."
    yield from (f"# {line}" for line in usage)


def describe_address(rule: AddressRule) -> str:
    """Return the evidence for the rule on an address, as the text of a comment."""
    if rule.day is None:
        return comment(f"{rule.address}: {rule.reason}")
    of = "impostor of" if rule.verdict == "impostor" else "verified as"
    return comment(f"{of} {rule.robot}, last seen {rule.day}: {rule.reason}")


def describe_agent(rule: AgentRule) -> str:
    """Return what the rule on a user agent rests on, as the text of a comment."""
    return comment(f"{rule.robot}: {BY_AGENT}")


def _nginx_agent(rule: AgentRule, _: int) -> Lines:
    return (f'"~*{single_pattern(rule)}" 1;',)


def _apache_agent(rule: AgentRule, _: int) -> Lines:
    return (f'SetEnvIfNoCase User-Agent "{single_pattern(rule)}" findrobots_blocked',)


def _caddy_agent(rule: AgentRule, number: int) -> Lines:
    spare = spare_pattern(rule)
    return (
        f"@findrobots_agent_{number} {{",
        "    not path /robots.txt",
        f"    header_regexp User-Agent `(?i){match_pattern(rule)}`",
        *([f"    not header_regexp User-Agent `(?i){spare}`"] if spare else []),
        "}",
        f"respond @findrobots_agent_{number} 403",
    )


def _haproxy_agent(rule: AgentRule, number: int) -> Lines:
    fetch, spare = "req.fhdr(user-agent) -m reg -i", spare_pattern(rule)
    blocked, spared = f"findrobots_agent_{number}", f"findrobots_spared_{number}"
    condition = f"{blocked} !{spared}" if spare else blocked
    return (
        f"acl {blocked} {fetch} '{match_pattern(rule)}'",
        *([f"acl {spared} {fetch} '{spare}'"] if spare else []),
        f"http-request deny deny_status 403 if {condition} !findrobots_robots_txt",
    )


def _fail2ban_address(address: str) -> Lines:
    tag = f"F-IP{ip_address(address).version}"
    return (rf"^(\S+ )?<{tag}>{escape(address)}</{tag}> \S",)


def _fail2ban_agent(rule: AgentRule, _: int) -> Lines:
    return (rf"^(\S+ )?<HOST> \S.*(?i:{lookaround(rule)})",)


def _no_agent(_: AgentRule, __: int) -> Lines:
    return ()


def _nft_sets(address: str) -> Lines:
    version = ip_address(address).version
    return (f"add element inet findrobots addresses{version} {{ {address} }}",)


NGINX = Server(
    usage=(
        "Include it in the http block, as files in /etc/nginx/conf.d are, and add to each server:",
        "    if ($findrobots_blocked) { return 403; }",
    ),
    before_addresses=("geo $findrobots_address {", "    default 0;"),
    write_address=lambda address: (f"{address} 1;",),
    after_addresses=("}",),
    before_agents=("map $http_user_agent $findrobots_agent {", "    default 0;"),
    write_agent=_nginx_agent,
    after_agents=("}",),
    end=(
        'map "$findrobots_address$findrobots_agent $uri" $findrobots_blocked {',
        "    default 0;",
        r'    "~^[01]+ /robots\.txt$" 0;',
        '    "~^[01]*1" 1;',
        "}",
    ),
    is_fixed=True,
    indent=4,
)
APACHE = Server(
    usage=(
        "Include it in the server or in a virtual host. It needs mod_setenvif and mod_authz_core.",
    ),
    write_address=lambda address: (f"SetEnvIfExpr \"-R '{address}'\" findrobots_blocked",),
    write_agent=_apache_agent,
    end=(
        r'SetEnvIf Request_URI "^/robots\.txt$" !findrobots_blocked',
        "<If \"reqenv('findrobots_blocked') == '1'\">",
        "    Require all denied",
        "</If>",
    ),
)
CADDY = Server(
    usage=(
        "Import this file at the top of the Caddyfile, and add to each site: import findrobots",
        "In a site with handle or route blocks, add it to each of these blocks instead.",
    ),
    begin=("(findrobots) {",),
    before_addresses=("    @findrobots_address {", "        not path /robots.txt"),
    write_address=lambda address: (f"remote_ip {address}",),
    after_addresses=("    }", "    respond @findrobots_address 403"),
    write_agent=_caddy_agent,
    end=("}",),
    indent=4,
    address_indent=4,
)
HAPROXY = Server(
    usage=("Put these lines into the frontend, before its other http-request rules.",),
    begin=("acl findrobots_robots_txt path /robots.txt",),
    write_address=lambda address: (f"acl findrobots_address src {address}",),
    after_addresses=(
        "http-request deny deny_status 403 if findrobots_address !findrobots_robots_txt",
    ),
    write_agent=_haproxy_agent,
)
NFTABLES = Server(
    usage=(
        "Load it with: nft -f FILE. It replaces the table findrobots and no other.",
        "Packets of these addresses to ports 80 and 443 are dropped.",
    ),
    begin=(
        "add table inet findrobots",
        "delete table inet findrobots",
        "table inet findrobots {",
        "    set addresses4 { type ipv4_addr; }",
        "    set addresses6 { type ipv6_addr; }",
        "    chain input {",
        "        type filter hook input priority filter; policy accept;",
        "        meta l4proto { tcp, udp } th dport { 80, 443 } ip saddr @addresses4 drop",
        "        meta l4proto { tcp, udp } th dport { 80, 443 } ip6 saddr @addresses6 drop",
        "    }",
        "}",
    ),
    write_address=_nft_sets,
    write_agent=_no_agent,
)
FAIL2BAN = Server(
    usage=(
        "Save it as /etc/fail2ban/filter.d/findrobots.conf, and add to jail.local:",
        "    [findrobots]",
        "    enabled = true",
        "    port = http,https",
        "    maxretry = 1",
        "    logpath = /var/log/nginx/access.log",
        "The log must end in the quoted user agent, as the format combined does. Whoever uses",
        "a user agent below is banned by address, together with all others of that address.",
    ),
    begin=("[Definition]", "failregex ="),
    write_address=_fail2ban_address,
    write_agent=_fail2ban_agent,
    end=('ignoreregex = "[A-Z]+ /robots\\.txt[ ?]',),
    indent=4,
)
SERVERS = {
    "nginx": NGINX,
    "apache": APACHE,
    "caddy": CADDY,
    "haproxy": HAPROXY,
    "nftables": NFTABLES,
    "fail2ban": FAIL2BAN,
}
