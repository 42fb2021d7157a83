"""Write what an audit of the sample logs is given: the site's robots.txt, and address lists.

``python data/site.py [FOLDER]`` writes them; by default beside this script. The lists are of the
addresses that the robots of the sample logs have, which are set aside for documentation, in the
place of those that their operators publish.
"""

import sys
from ipaddress import IPv4Address, ip_address, summarize_address_range
from pathlib import Path

from visitors import ROBOTS, Robot

# FeedShelf, which breaks its rules in the sample logs, is made up.
ROBOTS_TXT = """\
User-agent: *
Disallow: /cgi-bin/

User-agent: FeedShelf
Disallow: /birds/
Disallow: /blog/
"""
# Robots by a part of their user agents, and the lists that are named after their operators.
LISTS = {
    "Googlebot": "google-common",
    "bingbot": "bing",
    "GPTBot": "openai-gptbot",
    "ClaudeBot": "anthropic",
    "CCBot": "commoncrawl",
    "Amazonbot": "amazon",
    "AhrefsBot": "ahrefs",
    "Applebot": "apple",
    "DuckDuckBot": "duckduckgo",
}
# The second is a day of which the package has lists, too: these are taken in their place.
DAYS = ("2026-09-01", "2026-09-02", "2026-09-07")


def prefixes_of(robot: Robot) -> str:
    """Return the prefixes of a robot's addresses, one per line."""
    first = ip_address(robot.address)
    last = first + robot.addresses - 1
    if isinstance(first, IPv4Address) and isinstance(last, IPv4Address):
        return "".join(f"{prefix}\n" for prefix in summarize_address_range(first, last))
    return "".join(f"{first + number}/128\n" for number in range(robot.addresses))


def main() -> None:
    """Write into the folder named on the command line, or beside this script."""
    folder = Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "robots.txt").write_text(ROBOTS_TXT)
    for token, name in LISTS.items():
        (robot,) = (robot for robot in ROBOTS if f"{token}/" in robot.agent)
        directory = folder / "lists" / name
        directory.mkdir(parents=True, exist_ok=True)
        for day in DAYS:
            (directory / f"{day}.txt").write_text(prefixes_of(robot))
    print(f"{folder / 'robots.txt'} and {len(LISTS)} lists")


if __name__ == "__main__":
    main()
