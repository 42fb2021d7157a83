"""Write the part of a Markdown page between two markers."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

__all__ = ["AUDITS", "SCANS", "Part", "row", "size"]


class Part(NamedTuple):
    """The part of a page between two markers, which are comments that have its name."""

    name: str

    @property
    def markers(self) -> tuple[str, str]:
        """The lines before and after the part."""
        return f"<!-- {self.name}: begin -->", f"<!-- {self.name}: end -->"

    def prepare(self, page: Path) -> None:
        """Make a page if there is none; check, before hours of measuring, that it can be written.

        Raises
        ------
        ValueError
            It lacks the markers.
        """
        begin, end = self.markers
        page.parent.mkdir(parents=True, exist_ok=True)
        if not page.exists():
            page.write_text(f"# Performance\n\n{begin}\n{end}\n")
        if not self._between.search(page.read_text()):
            message = f"{page} holds no {begin} and {end} to write between"
            raise ValueError(message)

    def write(self, page: Path, text: str) -> None:
        """Put a text between the markers of a prepared page; what stands around them stays."""
        begin, end = self.markers
        page.write_text(
            self._between.sub(lambda _: f"{begin}\n{text}\n{end}", page.read_text(), count=1)
        )

    @property
    def _between(self) -> re.Pattern[str]:
        return re.compile(".*?".join(map(re.escape, self.markers)), re.DOTALL)


SCANS, AUDITS = Part("benchmark"), Part("audits")


def row(cells: Sequence[str]) -> str:
    """Return a row of a table."""
    # A bar would end the cell, even in code.
    escaped = [cell.replace("|", r"\|") for cell in cells]
    return f"| {' | '.join(escaped)} |"


def size(count: float) -> str:
    """Write a number of bytes in the unit that suits it."""
    for unit, bytes_in_unit in (("GB", 1e9), ("MB", 1e6)):
        if count >= bytes_in_unit:
            return f"{count / bytes_in_unit:.3g} {unit}"
    return f"{count / 1e3:.3g} kB"
