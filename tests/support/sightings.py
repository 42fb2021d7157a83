"""Robots of a small site as audits list them, for tests of what is blocked."""

from datetime import date

from findrobots.exports.sightings import Sighting, Sightings
from findrobots.robots.agents import name_agent

DAY = date(2027, 1, 6)
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
AGENTS = {
    "GPTBot": "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Googlebot": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "GoogleOther": "Mozilla/5.0 (compatible; GoogleOther)",
    "Googlebot-Image": "Googlebot-Image/1.0",
    "MJ12bot": "Mozilla/5.0 (compatible; MJ12bot/v2.0; http://mj12bot.com/)",
    "archive.org_bot": "Mozilla/5.0 (compatible; archive.org_bot +http://archive.org/details/a)",
    "UptimeRobot": "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
    "": BROWSER,
}


def sighting(host, robot, verdict="unknown", *, user_agent=None, **values):
    """What a host did under the name of a robot."""
    text = AGENTS.get(robot, robot) if user_agent is None else user_agent
    agent = name_agent(text)
    assert agent.name == robot
    row = Sighting(host, *agent, verdict, f"{verdict} of a test", DAY, 1, 0, frozenset({text}))
    return row._replace(**values)


def sightings(*rows):
    total = sum(row.requests for row in rows)
    return Sightings(rows, by_robot=True, total=total, noun="requests")


SITE = sightings(
    sighting("203.0.113.1", "GPTBot", "verified", requests=40, violations=2),
    sighting("2001:db8::1", "GPTBot", "verified", requests=10),
    sighting("203.0.113.200", "GPTBot", "impostor", requests=5),
    sighting("2001:db8::bad", "Googlebot", "impostor", requests=4),
    sighting("66.249.66.1", "Googlebot", "verified", requests=100, violations=1),
    sighting("66.249.66.2", "GoogleOther", "verified", requests=3),
    sighting("198.51.100.7", "MJ12bot", requests=30, violations=1),
    sighting("198.51.100.9", "archive.org_bot", requests=2),
    sighting("192.0.2.99", "", requests=6),
)
