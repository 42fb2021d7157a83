"""Run the command: ``python -m findrobots``."""

from findrobots.running.gc_tuning import reduce_gc

__all__ = ["main"]


def main() -> None:
    """Run the command ``findrobots``: see ``findrobots.cli.main.main``."""
    reduce_gc()  # before the imports, whose objects stay
    from findrobots.cli.main import main  # noqa: PLC0415 (as above)

    main()


if __name__ == "__main__":
    main()
