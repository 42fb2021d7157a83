"""Texts that an attacker may send to a server, and so write into its log."""

# Escapes and controls of both sets, bidi overrides and isolates, what takes no room, what is
# not Unicode.
NASTY = (
    *("\x1b[2J\x1b]0;owned\x07", "\x9b31m", "\x90q\x9c", "\x08\x7f", "\x85", "\u2028"),
    *("\u202egnp.exe", "\u2066a\u2069", "\u200b\ufeff\u2060", "\u3164\u034f\ufe0f", "\udcff\udc9b"),
    *("e\u0301\u0e31", "蜘蛛", "\U000e0041"),
)
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "a;=1", '"=1', "\uff1d1")
# What must be neither resolved nor opened nor run.
LURES = (
    *("localhost.example", "$(touch owned)", "`touch owned`", "|touch owned", "file:///etc/passwd"),
    *(
        "/etc/passwd",
        "http://127.0.0.1:9/",
        "__import__('os').system('touch owned')",
        "{0.__class__}",
    ),
    *("%s%n", "cos\\nsystem\\n(S'touch owned'\\ntR.", "${jndi:ldap://127.0.0.1/a}", "s3://a/b"),
)
# What must be neither an element nor a script nor a style nor a request of a page.
MARKUP = (
    *("<script>alert(1)</script>", "</script><script>alert(1)</script>", "</title></style><h1>x"),
    *('"><img src=x onerror=alert(1)>', "'><svg/onload=alert(1)>", '" onmouseover="alert(1)'),
    *(
        "<iframe src=javascript:alert(1)></iframe>",
        "<a href=javascript:alert(1)>x</a>",
    ),
    *("<!--", "-->", "&lt;script&gt;", "&#60;b"),
    *("<base href=http://127.0.0.1:9/>", "<meta http-equiv=refresh content=0;url=//127.0.0.1:9/>"),
    *("<link rel=stylesheet href=http://127.0.0.1:9/a.css>", "<style>*{display:none}</style>"),
    *("<form action=http://127.0.0.1:9/><button>x", "<input autofocus onfocus=alert(1)>", "]]>"),
    *("</td></tr></tbody></table><script>alert(1)</script>", "<b>bold</b>"),
    *("{{ 7 * 7 }}", "{% include 'page.js' %}", "${alert(1)}", "`${alert(1)}`"),
    *("<math><mi//xlink:href=data:x,<script>alert(1)</script>", "<details open ontoggle=alert(1)>"),
    *(
        "javascript:alert(1)",
        "url(http://127.0.0.1:9/)",
        "expression(alert(1))",
        "\ufeff<script>alert(1)</script>",
    ),
)
