"""Fill the template of the page.

The page holds all that it needs. Its Content-Security-Policy lets a browser load nothing, and
apply and run only the one style sheet and the one script whose digests it names: text from logs
is never either. Jinja escapes what is filled in, and control characters are escaped before that.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from findrobots import __version__
from findrobots.report.charts import share_text
from findrobots.report.errors import MissingJinjaError
from findrobots.report.figures import Figures, gather
from findrobots.report.limits import LIMITS, MAX_BYTES, Limits
from findrobots.sanitize import printable
from findrobots.tables.audit_files import Audit

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["check_available", "render_page"]

TEMPLATES = "templates"
# Longer texts from logs are cut.
MAX_LETTERS = 240
KILO = 1000
UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")


def render_page(
    audit: Audit, *, is_audit: bool = True, limits: Limits = LIMITS, max_bytes: int = MAX_BYTES
) -> bytes:
    """Return a page that shows an audit, as HTML in UTF-8.

    Parameters
    ----------
    audit
        The tables, or what ``audit_of_hosts`` makes of a host table.
    is_audit
        Whether the tables are those of an audit.
    limits
        How many rows are shown. They are halved until the page is small enough.
    max_bytes
        How large the page may be.

    Raises
    ------
    MissingJinjaError
        Jinja2 is not installed.
    """
    check_available()
    environment = _environment()
    while True:
        page = _fill(environment, gather(audit, limits, is_audit=is_audit)).encode()
        if len(page) <= max_bytes or limits == limits.halved():
            return page
        limits = limits.halved()


def check_available() -> None:
    """Check before the work that a page can be made.

    Raises
    ------
    MissingJinjaError
        Jinja2 is not installed.
    """
    try:
        import jinja2  # noqa: F401, PLC0415 (an extra)
    except ImportError as error:
        raise MissingJinjaError from error


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415 (an extra)

    environment = Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        {"clip": _clip, "count": _count, "size": _size, "plural": _plural, "share": share_text}
    )
    return environment


def _fill(environment: "Environment", figures: Figures) -> str:
    from markupsafe import Markup  # noqa: PLC0415 (an extra)

    style, script = _read("page.css"), _read("page.js")
    # Our own files, in which nothing is filled.
    return environment.get_template("page.html").render(
        figures=figures,
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
        policy=content_security_policy(style, script),
        version=__version__,
    )


def content_security_policy(style: str, script: str) -> str:
    """Return the policy of a page with one style sheet and one script."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _read(name: str) -> str:
    return files(__package__).joinpath(TEMPLATES, name).read_text(encoding="utf-8")


def _harmless(value: object) -> object:
    """Escape control characters of a text that is filled in; Jinja escapes it as HTML."""
    return printable(value) if type(value) is str else value


def _clip(text: str, letters: int = MAX_LETTERS) -> str:
    """Cut a text.

    >>> _clip("Mozilla/5.0", 8)
    'Mozilla…'
    """
    return text if len(text) <= letters else f"{text[: letters - 1]}…"


def _count(number: int) -> str:
    return f"{number:,}"


def _plural(number: int, noun: str) -> str:
    """Write a number with its noun.

    >>> _plural(1, "host"), _plural(2000, "host")
    ('1 host', '2,000 hosts')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _size(number: int) -> str:
    """Write a number of bytes.

    >>> _size(512), _size(334_336)
    ('512 B', '334.3 kB')
    """
    value, unit = float(number), 0
    while value >= KILO and unit < len(UNITS) - 1:
        value, unit = value / KILO, unit + 1
    return f"{value:,.1f} {UNITS[unit]}" if unit else f"{number:,} B"
