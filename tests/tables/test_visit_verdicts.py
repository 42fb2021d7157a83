"""What a verifier remembers changes no verdict."""

import pickle
from datetime import UTC, date, datetime

import pytest
from findrobots.robots.agents import find_robot
from findrobots.robots.names import NameAnswer
from findrobots.robots.ranges import ListHistory, load_lists
from findrobots.robots.verify import VERIFIED, judge
from findrobots.tables import visit_verdicts
from findrobots.tables.visit_verdicts import EPOCH, Verifier
from hypothesis import given
from hypothesis import strategies as st

GPTBOT = {
    date(2026, 9, 1): '{"prefixes": [{"ipv4Prefix": "5.5.5.0/24"}]}',
    date(2026, 9, 9): '{"prefixes": [{"ipv4Prefix": "6.6.6.0/24"}, {"ipv4Prefix": "5.5.5.9"}]}',
}
GOOGLE = {date(2026, 9, 5): '{"prefixes": [{"ipv6Prefix": "2001:4860::/32"}]}'}
DAYS = [(date(2026, month, day) - EPOCH).days for month in (7, 9) for day in (1, 4, 5, 9, 20)]
HOSTS = [
    "5.5.5.1",
    "5.5.5.9",
    "6.6.6.6",
    "9.9.9.9",
    "2001:4860::1",
    "10.0.0.1",
    "crawl.example.org",
]
ANSWERS = {
    "9.9.9.9": NameAnswer(
        "9.9.9.9", datetime(2026, 9, 6, tzinfo=UTC), ("a.googlebot.com",), ("a.googlebot.com",)
    ),
}
CLAIMS = st.tuples(
    st.sampled_from(["GPTBot", "Googlebot", "bingbot"]),
    st.sampled_from(HOSTS),
    st.sampled_from(DAYS),
)


@pytest.fixture(scope="module")
def lists(tmp_path_factory):
    """Lists of two robots, of some days."""
    directory = tmp_path_factory.mktemp("lists")
    for name, days in (("openai-gptbot", GPTBOT), ("google-common", GOOGLE)):
        (directory / name).mkdir()
        for day, text in days.items():
            (directory / name / f"{day}.json").write_text(text)
    return load_lists(directory)


@given(st.lists(CLAIMS, max_size=30), st.sampled_from([{}, ANSWERS]), st.sampled_from([1, 2, 100]))
def test_each_verdict_is_the_one_of_the_question_alone(lists, claims, answers, remembered):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(visit_verdicts, "MAX_HOSTS", remembered)
        patch.setattr(visit_verdicts, "MAX_DAYS", remembered)
        verifier = Verifier(lists, answers)
        judged = [verifier.judge(*claim) for claim in claims]
        hosts = sum(map(len, verifier._standings.values()))  # noqa: SLF001 (what it remembers)
        days = len(verifier._days)  # noqa: SLF001 (as above)
    alone = [
        judge(find_robot(robot), host, date.fromordinal(EPOCH.toordinal() + day), lists, answers)
        for robot, host, day in claims
    ]
    assert judged == alone
    assert max(hosts, days) <= remembered


def test_an_address_is_verified_on_the_days_of_its_list(lists):
    verifier = Verifier(lists)
    days = [day for day in DAYS if verifier.judge("GPTBot", "6.6.6.6", day).verdict == VERIFIED]
    assert days == [day for day in DAYS if EPOCH.toordinal() + day == date(2026, 9, 9).toordinal()]


def test_the_tasks_of_a_process_share_a_verifier(lists):
    one, other = Verifier(lists, ANSWERS), Verifier(lists)
    copies = [pickle.loads(pickle.dumps(each)) for each in (one, one, other)]  # noqa: S301 (ours)
    assert copies[0] is copies[1]
    assert copies[0].answers == ANSWERS
    assert not copies[2].answers
    assert isinstance(copies[2].lists, ListHistory)
