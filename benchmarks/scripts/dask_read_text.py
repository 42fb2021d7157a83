"""Gzip logs to the hosts that asked for robots.txt, with a Dask bag's own ``read_text``."""

import sys

import dask.bag as db


def asks(fields: list[str]) -> bool:
    """Tell whether a line's fields are those of a request for robots.txt."""
    return fields[6] == "/robots.txt"


def main(folder: str) -> None:
    """Print the hosts that asked for robots.txt in any log of a folder."""
    fields = db.read_text(f"{folder}/*.gz").map(str.split)
    print(*fields.filter(asks).pluck(0).distinct().compute(), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1])
