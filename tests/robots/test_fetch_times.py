"""The arrays of all families say of each what its own fetches say."""

import numpy as np
from findrobots.robots.fetch_times import MEANINGS, NEVER, FetchTimes
from findrobots.robots.fetches import Fetches, FetchSummary
from hypothesis import given
from hypothesis import strategies as st

FAMILIES = 4
# Near 1970 too, since the lower bits of a key are a second.
SECONDS = st.integers(-3, 3) | st.integers(1_700_000_000, 1_700_000_009)
ANSWERS = st.lists(
    st.tuples(st.integers(0, FAMILIES - 1), SECONDS, st.sampled_from([*MEANINGS, ""])), max_size=20
)


def both(answers):
    """Return answers as arrays of all families, and as the fetches of each."""
    columns = [(each, second, [*MEANINGS, ""].index(name)) for each, second, name in answers]
    family, second, place = np.array(columns, np.int64).reshape(-1, 3).T
    times = FetchTimes.of(family, second, np.where(place == len(MEANINGS), -1, place))
    own = [
        Fetches.of((second, name) for each, second, name in answers if each == number)
        for number in range(FAMILIES)
    ]
    return times, own


@given(ANSWERS, SECONDS)
def test_each_family_was_last_served_when_its_own_fetches_say(answers, second):
    times, own = both(answers)
    families = np.arange(-1, FAMILIES)
    found = times.last_before(families, np.full(FAMILIES + 1, second)).tolist()
    expected = [fetches.last_before(second) for fetches in own]
    assert found == [NEVER, *(NEVER if each is None else each for each in expected)]


@given(ANSWERS, SECONDS, SECONDS)
def test_an_answer_counts_from_the_first_second_to_the_last(answers, since, until):
    times, own = both(answers)
    families = np.arange(-1, FAMILIES)
    ends = np.full(FAMILIES + 1, since), np.full(FAMILIES + 1, until)
    for number, _ in enumerate(MEANINGS):
        found = times.any_since(number, families, *ends).tolist()
        expected = [any(since <= each <= until for each in fetches[number]) for fetches in own]
        assert found == [False, *expected]


@given(ANSWERS)
def test_summaries_are_those_of_the_families_that_were_served(answers):
    times, own = both(answers)
    nothing = FetchSummary(None, None, None)
    found = times.summaries()
    assert [found.get(number, nothing) for number in range(FAMILIES)] == [
        fetches.summary() for fetches in own
    ]


@given(ANSWERS)
def test_one_family_is_the_first(answers):
    fetches = Fetches.of((second, name) for _, second, name in answers)
    summary = FetchTimes.of_one(fetches).summaries().get(0, FetchSummary(None, None, None))
    assert summary == fetches.summary()
