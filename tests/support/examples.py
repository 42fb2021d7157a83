"""How many examples Hypothesis makes for a test whose examples are costly."""

from hypothesis import settings

__all__ = ["at_most"]

USUAL = 100


def at_most(count, **options):
    """Return settings for this many examples, and as many times fewer as the quick tests have."""
    return settings(max_examples=max(1, count * settings().max_examples // USUAL), **options)
