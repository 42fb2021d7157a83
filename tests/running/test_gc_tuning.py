import gc

import pytest
from findrobots.running.gc_tuning import THRESHOLD, infrequent_gc


@pytest.fixture(autouse=True)
def _threshold():
    former = gc.get_threshold()
    yield
    gc.set_threshold(*former)


def test_the_last_of_several_blocks_restores_what_the_first_found():
    gc.set_threshold(700, 7, 9)
    first, second = infrequent_gc(), infrequent_gc()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.get_threshold() == (THRESHOLD, 7, 9)
    second.__exit__(None, None, None)
    assert gc.get_threshold() == (700, 7, 9)


@pytest.mark.parametrize("threshold", [0, THRESHOLD + 1])
def test_a_program_that_collects_less_often_or_never_is_left_alone(threshold):
    gc.set_threshold(threshold)
    with infrequent_gc():
        assert gc.get_threshold()[0] == threshold
    assert gc.get_threshold()[0] == threshold
