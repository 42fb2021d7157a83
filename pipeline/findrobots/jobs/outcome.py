"""What a scan returns to Python users."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from findrobots.errors import ListingError
from findrobots.jobs.advice import ScanWarning
from findrobots.jobs.notebook import html_table
from findrobots.records import SourceStatus
from findrobots.tables.host_table import HostTable, Totals, with_metadata
from findrobots.tables.parquet import write_hosts
from findrobots.tables.results import ScanResult
from findrobots.tables.shards import read_whole
from findrobots.writing.atomic import StrPath

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ROWS_SHOWN", "Readings", "ScanOutcome"]

ROWS_SHOWN = 10
COLUMNS_SHOWN = ["host", "requests", "first_seen", "last_seen", "user_agents"]
# The columns of a log's status that mean something without the log.
SOURCE_COLUMNS = [
    name
    for name, kind in SourceStatus.__annotations__.items()
    if kind is not bytes and name not in {"unfinished_rejects", "equal_lines"}
]


class Readings:
    """What was read of the logs and could not be, of any outcome."""

    result: ScanResult

    @property
    def rejects(self) -> pa.Table:
        """The lines that were to be parsed and could not be: source, offset, reason, text."""
        return self.result.rejects

    @property
    def reject_count(self) -> int:
        """How many lines could not be parsed, also those that ``rejects`` has not."""
        return self.result.reject_count

    @property
    def unrecognized(self) -> pa.Table:
        """The logs that do not look like access logs, each with one of its lines."""
        return self.result.unrecognized

    @property
    def sources(self) -> pa.Table:
        """The logs that were read, one row per log: sizes in bytes, matched lines, damage."""
        return self.result.sources.select(SOURCE_COLUMNS).sort_by("source")


@dataclass(frozen=True)
class ScanOutcome(Readings):
    """The host table that a scan gives, and what the scan read and rejected.

    Attributes
    ----------
    table : HostTable
        Hosts, ledger and filter; after an update, of all logs so far. The hosts of a table in
        shards are on the disk: ``hosts`` reads them.
    result : ScanResult
        What this run found, before it was merged into the table.
    totals : Totals
        The numbers of hosts and of requests in the table.
    log_count : int
        How many logs were named; those that an update knows already are not read.
    shards : str or os.PathLike or None
        The directory of the table, if it is in shards.
    unlisted : tuple of ListingError
        The directories that could not be listed; the logs in them are not counted.
    warnings : tuple of ScanWarning
        What suggests that an argument is wrong.

    Examples
    --------
    >>> import findrobots
    >>> result = findrobots.scan("data/logs")
    >>> result
    <ScanOutcome: 58 hosts, 350 requests for /robots.txt>
    >>> result.reject_count, result.sources["damage"].unique().to_pylist()
    (1, [''])
    """

    table: HostTable
    result: ScanResult
    totals: Totals
    log_count: int
    shards: StrPath | None = None
    unlisted: tuple[ListingError, ...] = ()
    warnings: tuple[ScanWarning, ...] = ()

    @cached_property
    def hosts(self) -> pa.Table:
        """The host table: one row per host, sorted by host, with the columns of ``HOSTS``."""
        return with_metadata(self._whole.hosts, self.table.request_filter)

    def to_pandas(self) -> "pd.DataFrame":
        """Return the host table as a pandas data frame."""
        frame: pd.DataFrame = self.hosts.to_pandas()
        return frame

    def save(self, path: StrPath) -> None:
        """Write the table as Parquet to a path or URL, so that it can be shown and updated.

        Raises
        ------
        OutputError
            The file cannot be written.
        """
        write_hosts(self._whole, path)

    @property
    def _whole(self) -> HostTable:
        return self.table if self.shards is None else read_whole(self.shards)

    def __repr__(self) -> str:
        return f"<ScanOutcome: {self._summary()}>"

    def _summary(self) -> str:
        return (
            f"{self.totals.hosts:,} hosts, {self.totals.requests:,} requests "
            f"for {self.table.request_filter.describe()}"
        )

    def _repr_html_(self) -> str:
        """Return the hosts with the most requests as HTML, for notebooks."""
        order = [("requests", "descending"), ("host", "ascending")]
        top = self.hosts.select(COLUMNS_SHOWN).sort_by(order).slice(0, ROWS_SHOWN)
        return html_table(top, self._summary())
