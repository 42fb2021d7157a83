"""A site whose robots' conduct is known by construction, for tests of audits."""

import gzip
import random
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

SITE, SHOP = "www.example.org", "shop.example.org"
MONTH = datetime(2027, 1, 1, tzinfo=UTC)

# Three versions of robots.txt, each with the day of the month from which it was in force.
POLICIES = {
    1: "User-agent: *\nDisallow: /private/\n",
    11: "User-agent: *\nDisallow: /private/\nDisallow: /old/\n",
    21: "User-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nDisallow: /private/\n",
}
AGENTS = {
    "GPTBot": "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "ChatGPT-User": "Mozilla/5.0 (compatible; ChatGPT-User/1.0; +https://openai.com/bot)",
    "MJ12bot": "Mozilla/5.0 (compatible; MJ12bot/v2.0; http://mj12bot.com/)",
    "Bytespider": "Mozilla/5.0 (compatible; Bytespider; spider-feedback@bytedance.com)",
    "bingbot": "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "browser": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}
# The address lists of every day of the month.
LISTS = {"openai-gptbot": "203.0.113.0/28", "openai-user": "203.0.113.64/28"}
GPTBOTS = ["203.0.113.1", "203.0.113.2", "203.0.113.3"]
IMPOSTOR = "203.0.113.200"
OWN_HOSTS = {
    "GPTBot": GPTBOTS,
    "ChatGPT-User": ["203.0.113.65"],
    "MJ12bot": ["198.51.100.7", "198.51.100.8"],
    "Bytespider": ["198.51.100.20"],
    "bingbot": ["198.51.100.30"],
    "browser": ["192.0.2.5", "192.0.2.6"],
}


class Request(NamedTuple):
    """A request, and how it must be judged."""

    time: datetime
    host: str
    robot: str
    target: str
    conduct: str = "allowed"
    line: int = 0  # of the rule in robots.txt
    policy: str = ""
    status: int = 200
    vhost: str = SITE

    def text(self) -> str:
        """Return its line in a log of the format "vhost combined"."""
        stamp = f"{self.time:%d/%b/%Y:%H:%M:%S} +0000"
        size = 0 if self.status == 304 else 512
        return (
            f'{self.vhost}:443 {self.host} - - [{stamp}] "GET {self.target} HTTP/1.1" '
            f'{self.status} {size} "-" "{AGENTS[self.robot]}"\n'
        )


def at(day, clock):
    hour, minute = map(int, clock.split(":"))
    return MONTH + timedelta(days=day - 1, hours=hour, minutes=minute)


def planned_requests():
    """Return the requests whose judgement matters."""
    first, second, third = GPTBOTS
    return [
        # GPTBot's first host fetches for all of its hosts, once a day.
        *(Request(at(day, "00:10"), first, "GPTBot", "/robots.txt") for day in range(1, 29)),
        Request(at(1, "00:05"), second, "GPTBot", "/private/early", "unread", 2, "2027-01-01"),
        Request(at(5, "09:00"), second, "GPTBot", "/private/a", "violation", 2, "2027-01-01"),
        Request(at(5, "09:01"), third, "GPTBot", "/private/b?c=1", "violation", 2, "2027-01-01"),
        # A copy of the day before may still be used.
        Request(at(11, "06:00"), second, "GPTBot", "/old/a", "grace", 3, "2027-01-11"),
        Request(at(13, "06:00"), second, "GPTBot", "/old/b", "violation", 3, "2027-01-11"),
        Request(at(21, "10:00"), third, "GPTBot", "/page", "grace", 2, "2027-01-21"),
        Request(at(23, "10:00"), third, "GPTBot", "/page", "violation", 2, "2027-01-21"),
        # Whoever takes its name is not GPTBot.
        Request(at(6, "10:00"), IMPOSTOR, "GPTBot", "/private/c", "exempt", 2, "2027-01-01"),
        # A user asks for it, and its operator does not promise to obey.
        Request(
            at(6, "11:00"), "203.0.113.65", "ChatGPT-User", "/private/d", "exempt", 2, "2027-01-01"
        ),
        # MJ12bot cannot be verified; its hosts share what one of them fetched.
        Request(at(3, "12:00"), "198.51.100.7", "MJ12bot", "/robots.txt"),
        Request(at(3, "12:00"), "198.51.100.8", "MJ12bot", "/private/e", "unread", 2, "2027-01-01"),
        Request(
            at(3, "13:00"), "198.51.100.8", "MJ12bot", "/private/f", "violation", 2, "2027-01-01"
        ),
        # Bytespider never asks.
        Request(
            at(7, "12:00"), "198.51.100.20", "Bytespider", "/private/g", "unread", 2, "2027-01-01"
        ),
        # The server fails for an hour.
        Request(at(14, "12:20"), "198.51.100.30", "bingbot", "/robots.txt"),
        Request(at(15, "12:10"), "198.51.100.30", "bingbot", "/robots.txt", status=503),
        Request(
            at(15, "12:30"),
            "198.51.100.30",
            "bingbot",
            "/private/h",
            "unreachable",
            2,
            "2027-01-11",
        ),
        # People may go anywhere; the other site has another robots.txt.
        Request(at(8, "12:00"), "192.0.2.5", "browser", "/private/i"),
        Request(at(8, "12:00"), second, "GPTBot", "/private/j", vhost=SHOP),
        # A browser's user agent that asks for robots.txt.
        Request(at(9, "12:00"), "192.0.2.99", "browser", "/robots.txt"),
    ]


def all_requests(seed=1, others=3000):
    """Return the planned requests among many that are allowed, in the order of time."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    robots = [name for name in AGENTS if name != "bingbot"]
    requests = planned_requests()
    for number in range(others):
        robot = chance.choice(robots)
        # From the third version on, GPTBot may go nowhere.
        day = chance.randint(1, 20 if robot == "GPTBot" else 28)
        time = at(day, "00:00") + timedelta(seconds=chance.randrange(86400))
        host = chance.choice(OWN_HOSTS[robot])
        requests.append(Request(time, host, robot, f"/page/{number}"))
    return sorted(requests)


def write_site(directory, requests, files=6):
    """Write logs, policies and lists of addresses; return their paths."""
    logs, policies, lists = (directory / name for name in ("logs", "policies", "lists"))
    for each in (logs, policies):
        each.mkdir(parents=True)
    size = -(-len(requests) // files)
    for number in range(files):
        lines = [request.text() for request in requests[number * size : (number + 1) * size]]
        path = logs / f"access.log.{files - number}.gz"
        path.write_bytes(gzip.compress("".join(lines).encode(), mtime=0))
    for day, text in POLICIES.items():
        (policies / f"2027-01-{day:02}.txt").write_text(text)
    for name, prefix in LISTS.items():
        for day in range(1, 29):
            path = lists / name / f"2027-01-{day:02}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{prefix}\n")
    return logs, policies, lists
