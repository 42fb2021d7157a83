"""The name of a fuzzer and seconds to what it finds: ``python -m fuzz reader 20``.

Whatever breaks a law is written to ``fuzz/regressions/``, where a test replays it, and the exit
status is not 0.
"""

import sys
import tempfile
from importlib import import_module
from pathlib import Path

import atheris

REGRESSIONS = Path(__file__).parent / "regressions"


def main(name: str, seconds: str) -> None:
    """Fuzz for so many seconds, from seeds and from what was found before."""
    # Only the project's code is instrumented: that of Arrow and numpy is not ours to explore.
    with atheris.instrument_imports(include=["findrobots"], enable_loader_override=False):
        fuzzer = import_module(f"fuzz.fuzz_{name}")
    corpus = Path(tempfile.mkdtemp(prefix="findrobots-fuzz-"))
    for number, seed in enumerate(fuzzer.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = [
        f"-max_total_time={seconds}",
        "-max_len=2048",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
        f"-artifact_prefix={REGRESSIONS}/{name}-",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus), str(REGRESSIONS)], fuzzer.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
