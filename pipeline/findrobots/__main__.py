"""Run the command: ``python -m findrobots``."""

from findrobots.running.gc_tuning import reduce_gc
from findrobots.running.malloc_tuning import use_malloc

__all__ = ["main"]


def main() -> None:
    """Run the command ``findrobots``: see ``findrobots.cli.main.main``."""
    reduce_gc()  # before the imports, whose objects stay
    use_malloc()
    from findrobots.cli.main import main  # noqa: PLC0415 (as above)

    main()


if __name__ == "__main__":
    main()
