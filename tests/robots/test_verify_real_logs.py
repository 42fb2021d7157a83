"""Real logs are judged: nobody is accused by evidence of another time."""

import gzip
import re
from collections import Counter
from datetime import datetime

import pytest
from findrobots.robots.agents import find_robot, name_agent
from findrobots.robots.ranges import load_lists
from findrobots.robots.verify import IMPOSTOR, UNKNOWN, Claim, judge

LINE = re.compile(r'(\S+) \S+ \S+ \[([^]:]+)[^]]*\] "(?:[^"\\]|\\.)*" .*"((?:[^"\\]|\\.)*)"$')


@pytest.fixture
def snapshot(monkeypatch, tmp_path):
    """The lists of the package alone, whatever the user of this machine has fetched."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return load_lists()


def claims_in(log):
    """Return which address declared which robot of the table on which day."""
    claims = set()
    with gzip.open(log, "rt", encoding="utf-8", errors="backslashreplace") as lines:
        for line in lines:
            if found := LINE.match(line):
                robot = find_robot(name_agent(found[3]).name)
                day = datetime.strptime(found[2], "%d/%b/%Y").date()  # noqa: DTZ007 (a day)
                if robot is not None:
                    claims.add(Claim(robot, found[1], day))
    return claims


def test_no_host_of_2015_is_called_an_impostor(real_logs, snapshot):
    claims = claims_in(real_logs / "combined" / "semicomplete.log.gz")
    assert {claim.day.year for claim in claims} == {2015}
    assert len({claim.address for claim in claims}) > 40
    verdicts = Counter(judge(*claim, snapshot).verdict for claim in claims)
    assert verdicts.keys() == {UNKNOWN}


def test_the_same_hosts_are_accused_by_lists_of_their_own_day(real_logs, snapshot):
    claims = claims_in(real_logs / "combined" / "semicomplete.log.gz")
    (day,) = {day for name in snapshot.names() for day in snapshot.days(name)}
    verdicts = Counter(judge(*claim._replace(day=day), snapshot).verdict for claim in claims)
    assert verdicts[IMPOSTOR] > 0
