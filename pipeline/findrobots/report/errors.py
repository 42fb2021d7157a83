"""Define the errors that concern report pages.

::

    FindrobotsError
    └── MissingJinjaError        a report without the library that fills its template
"""

from findrobots.errors import FindrobotsError

__all__ = ["MissingJinjaError"]


class MissingJinjaError(FindrobotsError):
    """The library that fills the template of the page is not installed."""

    template = "A report needs Jinja2. Run: pip install 'findrobots[report]'"
    field_names = ()
