"""What once broke a law does not any more; the fuzzers' seeds keep them."""

from importlib import import_module

import pytest
from support.project import PROJECT

REGRESSIONS = sorted((PROJECT / "fuzz" / "regressions").iterdir())


@pytest.mark.parametrize("path", REGRESSIONS, ids=lambda path: path.name)
def test_what_once_broke_a_law_keeps_it(path):
    import_module(f"fuzz.fuzz_{path.name.partition('-')[0]}").check(path.read_bytes())


@pytest.mark.parametrize("name", ["blocks", "reader", "parsers", "show"])
def test_the_seeds_of_a_fuzzer_keep_its_laws(name):
    fuzzer = import_module(f"fuzz.fuzz_{name}")
    for seed in fuzzer.seeds():
        for cut in (seed, seed[: len(seed) // 2], b""):
            fuzzer.check(cut)
