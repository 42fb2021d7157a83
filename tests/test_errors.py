import pickle

import pytest
from findrobots import errors
from findrobots.errors import (
    DamagedLogsError,
    FindrobotsError,
    FormatError,
    OutputError,
    SchedulerError,
    TimeBoundError,
    UsageError,
    WorkerDiedError,
)

LEAVES = [
    error
    for error in vars(errors).values()
    if isinstance(error, type)
    and issubclass(error, FindrobotsError)
    and error not in {FindrobotsError, UsageError}
]


def values_of(leaf):
    return {name: f"<{name}>" for name in leaf.field_names}


def option(name, value):
    return f"--{name.replace('_', '-')} {value}".rstrip()


def test_the_docstring_draws_all_errors():
    for leaf in [*LEAVES, errors.DamagedLogsWarning]:
        assert f"── {leaf.__name__} " in errors.__doc__
    assert len(LEAVES) == errors.__doc__.count("──") - 3


@pytest.mark.parametrize("leaf", LEAVES)
def test_an_error_has_its_fields_by_name_and_says_them(leaf):
    error = leaf(**values_of(leaf))
    for name, value in values_of(leaf).items():
        assert getattr(error, name) == value
        assert name == "parameter" or value in str(error)


@pytest.mark.parametrize("leaf", LEAVES)
@pytest.mark.parametrize("by_name", [False, True])
def test_an_error_comes_back_whole_from_a_worker_process(leaf, by_name):
    values = values_of(leaf)
    error = leaf(**values) if by_name else leaf(*values.values())
    assert error.args == tuple(values.values())
    back = pickle.loads(pickle.dumps(error))  # noqa: S301 (pickled here)
    assert type(back) is leaf
    assert back.args == error.args
    assert vars(back) == vars(error)
    assert str(back) == str(error)


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_message_is_one_line_that_names_arguments_as_its_reader_writes_them(leaf):
    error = leaf(*values_of(leaf).values())
    for text in (str(error), error.describe(option)):
        assert len(text.splitlines()) == 1
        assert text[0] != " "
        assert "{" not in text
    assert "--" not in str(error)
    assert "=…" not in error.describe(option)


def test_arguments_are_written_for_python_or_for_the_command_line():
    error = DamagedLogsError("1 log", "a.gz: truncated")
    assert str(error).endswith("Fix, make readable or skip (exclude=…) these, or drop strict=….")
    assert error.describe(option).endswith("(--exclude) these, or drop --strict.")


def test_a_hint_names_arguments_and_begins_a_sentence():
    error = WorkerDiedError(2, "", "try {argument.scheduler:sync}")
    assert "memory. Try scheduler='sync', or use fewer workers (workers=…)." in str(error)
    assert "memory. Try --scheduler sync, or use fewer" in error.describe(option)
    assert str(OutputError("a", "it is a directory", "name a file in it")) == (
        "Cannot write a: it is a directory. Name a file in it."
    )


def test_the_argument_that_is_wrong_is_a_field_or_the_same_for_all():
    assert SchedulerError("x", "auto").parameter == "scheduler"
    assert TimeBoundError("until", "x", "give a time").parameter == "until"
    assert FormatError("x", "unknown").parameter == "format"
    assert FormatError("x", "unknown", parameter="fields").parameter == "fields"
    assert FindrobotsError("x").parameter == ""


def test_braces_and_controls_in_a_field_mean_nothing():
    text = "{argument.exclude} {0} {x.__class__}\n\x1b[2J https://me:secret@host/a?sig=1"
    shown = str(FormatError(text, "unknown"))
    assert "{argument.exclude} {0} {x.__class__}\\n\\x1b[2J https://host/a'" in shown
    assert str(FindrobotsError("{x}\n")) == "{x}\\n"


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((), {}),
        (("a", "b", "c", "d"), {}),
        (("a", "b"), {"value": "c"}),
        (("a", "b"), {"other": "c"}),
        (("a",), {}),
    ],
)
def test_an_error_takes_its_fields_only(values, named):
    with pytest.raises(TypeError, match="FormatError takes the fields value, reason, parameter"):
        FormatError(*values, **named)
