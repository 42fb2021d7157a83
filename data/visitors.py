"""Visitors to what they send: the robots, browsers and scanners of the sample logs.

User agents are those of the year 2026; the ones that name example.net are made up.
"""

from datetime import UTC, datetime
from typing import NamedTuple


class Robot(NamedTuple):
    """A robot: how often a day it comes, from how many addresses, and what it asks for first."""

    agent: str
    address: str
    addresses: int
    visits: int
    first: str = "GET /robots.txt"


class Hit(NamedTuple):
    """A request, as any server would log it."""

    time: datetime
    client: str
    request: str
    status: int
    agent: str = "-"
    referrer: str = "-"


PLAIN = "Mozilla/5.0 (compatible; {})"
WEBKIT = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; {})"
LIKE_GECKO = "AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = f"{LIKE_GECKO} Chrome/152.0.0.0"
APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.5"
MAC, PHONE = "Macintosh; Intel Mac OS X 10_15_7", "iPhone; CPU iPhone OS 18_7 like Mac OS X"
PERPLEXITY = "https://perplexity.ai/perplexitybot"
META = "https://developers.facebook.com/docs/sharing/webmasters/crawler"
ARCHIVE = PLAIN.format("archive.org_bot +http://archive.org/details/archive.org_bot")
AMAZON = WEBKIT.format("Amazonbot/0.1; +https://developer.amazon.com/support/amazonbot")
APPLEBOT = "Applebot/0.1; +http://www.apple.com/go/applebot"
ANDROID = f"Mozilla/5.0 (Linux; Android 5.0) {LIKE_GECKO} Mobile Safari/537.36"
BYTEDANCE = f"{ANDROID} (compatible; Bytespider; spider-feedback@bytedance.com)"
PETAL = "PetalBot;+https://webmaster.petalsearch.com/site/petalbot"

ROBOTS = (
    Robot(PLAIN.format("Googlebot/2.1; +http://www.google.com/bot.html"), "192.0.2.16", 5, 9),
    Robot(PLAIN.format("bingbot/2.0; +http://www.bing.com/bingbot.htm"), "192.0.2.32", 4, 7),
    Robot(WEBKIT.format("GPTBot/1.4; +https://openai.com/gptbot"), "192.0.2.48", 4, 6),
    Robot(WEBKIT.format("ClaudeBot/1.0; +claudebot@anthropic.com"), "2001:db8:c1a::10", 4, 6),
    Robot(WEBKIT.format(f"PerplexityBot/1.0; +{PERPLEXITY}"), "192.0.2.64", 2, 2),
    Robot("CCBot/2.0 (https://commoncrawl.org/faq/)", "2001:db8:cc::2", 2, 1),
    Robot(BYTEDANCE, "192.0.2.72", 3, 4),
    Robot(f"{AMAZON} Chrome/119.0.6045.214 Safari/537.36", "192.0.2.80", 3, 4),
    Robot(PLAIN.format("AhrefsBot/7.0; +http://ahrefs.com/robot/"), "192.0.2.96", 4, 5),
    Robot(PLAIN.format("SemrushBot/7~bl; +http://www.semrush.com/bot.html"), "192.0.2.112", 3, 4),
    Robot(f"Mozilla/5.0 ({MAC}) {APPLE} Safari/605.1.15 ({APPLEBOT})", "2001:db8:a991::8", 3, 3),
    Robot(PLAIN.format("YandexBot/3.0; +http://yandex.com/bots"), "2001:db8:5b0::f1", 3, 3),
    Robot("DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)", "192.0.2.128", 2, 1),
    Robot(f"meta-externalagent/1.1 (+{META})", "2001:db8:face::b0", 4, 5),
    Robot(PLAIN.format("MJ12bot/v2.0.5; http://mj12bot.com/"), "192.0.2.140", 3, 3),
    Robot(f"Mozilla/5.0 (compatible;{PETAL})", "192.0.2.150", 3, 3),
    Robot(f"{ARCHIVE} Zeno/cf8b6ab warc/v0.8.84", "192.0.2.160", 2, 1),
    Robot("Wörterbuch-Robot/0.9 (+https://woerter.example.net/)", "192.0.2.170", 1, 1),
    # Its owner has put quotes around the whole setting.
    Robot('"FeedShelf/2.1 (+https://shelf.example.net/)"', "192.0.2.180", 1, 2),
    Robot("python-requests/2.32.5", "198.51.100.20", 2, 1, "GET /robots.txt?v=20260901"),
    Robot("curl/8.14.1", "198.51.100.30", 1, 1, "HEAD /robots.txt"),
    Robot("-", "198.51.100.40", 1, 1),
)

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64"
BROWSERS = (
    *(f"{WINDOWS}) {CHROME} Safari/537.36{edge}" for edge in ("", " Edg/152.0.0.0")),
    f"Mozilla/5.0 ({MAC}) {CHROME} Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36",
    f"{WINDOWS}; rv:154.0) Gecko/20100101 Firefox/154.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:154.0) Gecko/20100101 Firefox/154.0",
    f"Mozilla/5.0 ({MAC}) {APPLE} Safari/605.1.15",
    f"Mozilla/5.0 ({PHONE}) {APPLE} Mobile/15E148 Safari/604.1",
)
GO = "Go-http-client/1.1"
TOOLS = ("Mozilla/5.0 zgrab/0.x", GO, "-", f"{WINDOWS}) {CHROME} Safari/537.36")
JAVA = "Apache-HttpClient/4.5.14 (Java/21.0.4)"
FEED_FETCH = "FeedFetch/1.4 (obeys /robots.txt; +https://fetch.example.net/)"

REFERRERS = (*("-",) * 4, "https://search.example.net/", "https://forum.example.net/t/4711")
# When people come: how many, in each hour of the day.
DAYLIGHT = tuple(map(int, "211112357898899988876543"))

HANDSHAKE = "\x16\x03\x01\x01\x17\x01"  # of TLS, sent to the port of plain HTTP
PROBES = (
    *((f"GET /{name} HTTP/1.1", 404) for name in ("wp-login.php", ".env", ".git/config", "admin/")),
    *(("POST /xmlrpc.php HTTP/1.1", 404), ("GET /cgi-bin/luci/;stok=/locale HTTP/1.1", 404)),
    ("POST /cgi-bin/.%2e/.%2e/.%2e/.%2e/bin/sh HTTP/1.1", 400),
    *((HANDSHAKE, 400), ("", 400), ("SSH-2.0-Go", 400)),
)


def _at(day: int, hour: int, minute: int, second: int) -> datetime:
    return datetime(2026, 9, day, hour, minute, second, tzinfo=UTC)


# One of each kind. Only the first and the last ask for robots.txt, and the copy cuts the last.
PROXIED = "GET http://www.example.org/robots.txt HTTP/1.1"
SHOWN = "https://www.example.org/robots.txt"  # from the browser's cache: only its icon is fetched
RARE = (
    Hit(_at(2, 9, 14, 7), "198.51.100.50", PROXIED, 200, JAVA),
    Hit(_at(3, 16, 40, 0), "203.0.113.250", "GET /favicon.ico HTTP/2.0", 200, BROWSERS[-1], SHOWN),
    Hit(_at(4, 11, 2, 30), "198.51.100.52", "GET /blog/robots.txt HTTP/1.1", 404, GO),
    Hit(_at(6, 7, 55, 12), "198.51.100.54", "GET /blog/feed.xml HTTP/1.1", 200, FEED_FETCH),
    Hit(_at(7, 4, 59, 59), "192.0.2.190", "GET /robots.txt HTTP/1.1", 200, ARCHIVE),
)
