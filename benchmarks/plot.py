"""Comparisons to a plot of throughput against size."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from benchmarks.peers import PEERS
from benchmarks.rounds import Comparison

__all__ = ["draw"]


def draw(comparisons: Sequence[Comparison], path: Path) -> bool:
    """Draw a line for each peer into an SVG; False where there is nothing to draw with or of."""
    plotted = [each for each in comparisons if each.made.corpus.plotted]
    if not plotted or not find_spec("matplotlib"):
        return False
    import matplotlib as mpl  # noqa: PLC0415 (only a plot pays for it) (not everybody who runs the benchmark has it)

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "findrobots"  # the same names inside the file each time
    from matplotlib import pyplot as plt  # noqa: PLC0415 (only a plot pays for it)

    figure, axes = plt.subplots(figsize=(8, 6), layout="constrained")
    for peer in PEERS:
        points = [
            (each.made.truth.text / 1e6, each.made.truth.text / 1e9 / median)
            for each in plotted
            if (median := each.median(peer.key))
        ]
        if points:
            own = peer.key in ("ours", "limit")
            title = peer.title.replace("*", "").replace("`", "")
            axes.plot(*zip(*points, strict=True), "o-", label=title, linewidth=3 if own else 1.2)
    axes.set(xscale="log", yscale="log")
    axes.set(xlabel="text, decompressed (MB)", ylabel="throughput (GB of text a second)")
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=3, fontsize="small")  # clear of the lines
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    return True
