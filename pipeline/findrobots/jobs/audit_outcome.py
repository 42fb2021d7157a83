"""What an audit returns to Python users."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from findrobots.errors import ListingError
from findrobots.jobs.advice import ScanWarning
from findrobots.jobs.notebook import html_table
from findrobots.jobs.outcome import ROWS_SHOWN, Readings
from findrobots.tables.audit_files import FILE_NAMES, Audit, write_audit
from findrobots.tables.results import ScanResult
from findrobots.writing.atomic import StrPath
from findrobots.writing.directory import reserve_directory

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AuditOutcome"]

COLUMNS_SHOWN = ["robot", "operator", "verdict", "hosts", "requests", "violations"]


@dataclass(frozen=True)
class AuditOutcome(Readings):
    """The tables that an audit gives, and what the audit read and rejected.

    Attributes
    ----------
    audit : Audit
        The tables, the ledger and the filter; after an update, of all logs so far.
    first : ScanResult
        What the first pass of this run found, which looks for requests for robots.txt.
    result : ScanResult
        What the second pass found, which reads all lines.
    log_count : int
        How many logs were named; those that an update knows already are not read.
    unlisted : tuple of ListingError
        The directories that could not be listed; the logs in them are not counted.
    warnings : tuple of ScanWarning
        What suggests that an argument is wrong, or that something must be judged again.

    Examples
    --------
    >>> import findrobots
    >>> result = findrobots.audit("data/logs", robots="data/robots.txt", lists="data/lists")
    >>> result
    <AuditOutcome: 25 robots, 2,136 requests, 21 violations of robots.txt>
    """

    audit: Audit
    first: ScanResult
    result: ScanResult
    log_count: int
    unlisted: tuple[ListingError, ...] = ()
    warnings: tuple[ScanWarning, ...] = ()

    @property
    def robots(self) -> pa.Table:
        """The table of robots: one row per robot, verdict and virtual host."""
        return self.audit.robots

    @property
    def visits(self) -> pa.Table:
        """The table of visits: one row per day, host, robot and virtual host."""
        return self.audit.visits

    @property
    def violations(self) -> pa.Table:
        """The first requests that robots.txt disallows, one per row; ``robots`` counts all."""
        return self.audit.violations

    def to_pandas(
        self, table: Literal["robots", "visits", "violations"] = "robots"
    ) -> "pd.DataFrame":
        """Return one of the tables as a pandas data frame.

        Parameters
        ----------
        table : {'robots', 'visits', 'violations'}
            Which table.

        Raises
        ------
        ValueError
            There is no table of this name.
        """
        tables = {name: getattr(self, name) for name in ("robots", "visits", "violations")}
        if table not in tables:
            message = f"table: expected {' or '.join(map(repr, tables))}, not {table!r}"
            raise ValueError(message)
        frame: pd.DataFrame = tables[table].to_pandas()
        return frame

    def save(self, directory: StrPath) -> None:
        """Write the tables to a directory, so that they can be shown and updated.

        Raises
        ------
        OutputError
            The directory cannot be written.
        """
        with reserve_directory(directory, names=FILE_NAMES) as reserved:
            write_audit(self.audit, reserved.temporary)
            reserved.commit()

    def __repr__(self) -> str:
        return f"<AuditOutcome: {self._summary()}>"

    def _summary(self) -> str:
        rows = self.robots
        requests, violations = (sum(rows[name].to_pylist()) for name in ("requests", "violations"))
        robots = len({*rows["robot"].to_pylist()} - {""})
        text = f"{robots:,} robots, {requests:,} requests"
        judged = self.audit.basis["policies"] != "[]"
        return f"{text}, {violations:,} violations of robots.txt" if judged else text

    def _repr_html_(self) -> str:
        """Return the robots with the most requests as HTML, for notebooks."""
        order = [("requests", "descending"), ("robot", "ascending"), ("verdict", "ascending")]
        top = self.robots.sort_by(order).select(COLUMNS_SHOWN).slice(0, ROWS_SHOWN)
        return html_table(top, self._summary())
