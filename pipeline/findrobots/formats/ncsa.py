"""Define the formats derived from NCSA httpd, which Apache and nginx write."""

import re

from findrobots.formats.fields import MORE, QUOTED, TEXT, WORD, words
from findrobots.formats.format import Format
from findrobots.formats.timestamps import CLOCK

__all__ = ["HOST", "NCSA"]

# The time, and the quote before the request. The user name may contain spaces and brackets. It ends
# before the first time that a quote follows: no client can forge that quote, because servers
# escape it. Gandi's web hosting writes the duration between both, like (0 s).
TIME = rb"\[" + CLOCK + rb'\] (?>(?:\(\d++ s\) )?)"'
UNNAMED_TIME = re.sub(rb"\?P<\w+>", rb"?:", TIME)
# No host begins with the priority of syslog, like <190>.
HOST = rb"(?P<host>[^\s<]\S*+)"
# The second field is the identity of RFC 1413, which is "-" in almost any log; if it is another
# word, the user is one word, too.
IDENTITY_AND_USER = (
    rb"(?:- (?:" + WORD + rb"|" + words(UNNAMED_TIME) + rb")|(?!- |\[)\S++ " + WORD + rb")"
)
NO_VHOST = HOST + rb" " + IDENTITY_AND_USER
# A line begins with a virtual host if its second field is not "-" and four fields precede the
# time. It is a name, perhaps with a port, but no time and no name of a process like "nginx:".
NAME = rb'[0-9.-]*+[A-Za-z_*\x80-\xff][^\s:;,|<>()\[\]"]*+'
ADDRESS = rb"\[[0-9A-Fa-f:.]++\]|\d++(?:\.\d++){3}"
VHOST = (
    rb"(?P<vhost>(?:" + NAME + rb"|" + ADDRESS + rb"|-)(?>(?::\d{1,5})?)) "
    rb"(?!- )" + HOST + rb" " + IDENTITY_AND_USER
)
REQUEST = (
    rb" " + TIME + rb"(?P<request>" + TEXT + rb')" '
    rb"(?P<status>\d{3}|-) (?P<bytes_sent>\d{1,15}|-)"
)
TWO_QUOTED = rb" " + QUOTED + rb" " + QUOTED + rb"(?:[ \t\r]|$)"
AGENT = rb" " + QUOTED + rb' "(?P<user_agent>' + TEXT + rb')"'
TRAEFIK = rb" \d++ " + QUOTED + rb" " + QUOTED + rb" \d++ms\r?$"

EXAMPLE = '192.0.2.1 - - [01/Sep/2026:10:00:00 +0000] "GET /robots.txt HTTP/1.1" 200 70'
TAIL = ' "-" "Abot/1"'


def _ncsa(name: str, example: str, tail: bytes, *, front: bytes = NO_VHOST) -> Format:
    return Format(name, example, rb"^" + front + REQUEST + tail)


COMMON_TAIL = rb"(?!" + TWO_QUOTED + rb")" + MORE
COMBINED_TAIL = AGENT + rb"(?!" + TRAEFIK + rb")" + MORE

NCSA = (
    # "Log Files" in the Apache 2.4 manual; predefined in nginx's ngx_http_log_module.
    _ncsa("combined", EXAMPLE + TAIL, COMBINED_TAIL),
    # The same page of the Apache manual.
    _ncsa("common", EXAMPLE, COMMON_TAIL),
    # vhost_combined of Debian's apache2.conf; %v as in mod_log_config of the Apache manual.
    _ncsa("vhost combined", "www.example.org:80 " + EXAMPLE + TAIL, COMBINED_TAIL, front=VHOST),
    # "Virtual Hosts" under "Log Files" in the Apache manual.
    _ncsa("vhost common", "www.example.org " + EXAMPLE, COMMON_TAIL, front=VHOST),
    # "Log Format" of an access log in the configuration manual of OpenLiteSpeed. Its default
    # is in quotes, which enclose each line.
    Format(
        "litespeed",
        f'"{EXAMPLE}{TAIL}"',
        rb'^"' + NO_VHOST + REQUEST + rb"(?>(?:" + AGENT + rb')?)"\r?$',
    ),
    # "Access Logs", "Common Log Format" in the manual of Traefik: combined, followed by the number
    # of requests so far, router, server and duration.
    _ncsa(
        "traefik", EXAMPLE + TAIL + ' 12 "web@docker" "http://192.0.2.7:80" 3ms', AGENT + TRAEFIK
    ),
)
