"""Nothing is looked up unless a user asks for it: verdicts open no socket."""

import os
import subprocess
import sys

from support.dns_server import NXDOMAIN, dns_server

# Judges every robot at an address that no list has, so that its name in DNS would be wanted, and
# at one that a list has; then looks one up, if there is a server for it. Prints the events.
PROGRAM = """
import sys

events = []
sys.addaudithook(lambda event, _: events.append(event) if event.startswith("socket.") else None)

from datetime import date
from findrobots.robots.agents import load_robots
from findrobots.robots.ranges import load_lists
from findrobots.robots.verify import Claim, judge, needing_names

lists = load_lists()
day = date(2026, 9, 2)
claims = [
    Claim(robot, address, day) for robot in load_robots() for address in ("9.9.9.9", "66.249.66.1")
]
verdicts = {judge(*claim, lists).verdict for claim in claims}
wanted = needing_names(claims, lists)
assert verdicts == {"verified", "impostor", "unknown"} and wanted, (verdicts, wanted)
assert not {"asyncio", "dns", "findrobots.robots.dns"} & sys.modules.keys()
if sys.argv[1:]:
    from findrobots.robots.dns import look_up

    look_up(wanted, nameserver=sys.argv[1])
print(*sorted(set(events)))
"""


def socket_events(home, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        env={**os.environ, "XDG_DATA_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_verdicts_and_what_they_lack_open_no_socket(tmp_path):
    assert socket_events(tmp_path) == []


def test_lookups_do_and_that_is_seen(tmp_path):
    with dns_server(lambda *_: NXDOMAIN) as server:
        assert {"socket.__new__", "socket.sendto"} <= {*socket_events(tmp_path, server.address)}
        assert server.queries
