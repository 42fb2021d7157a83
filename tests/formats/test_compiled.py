import random
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import AddressValueError, IPv4Address
from itertools import chain, product

import numpy as np
import pytest
from findrobots.formats import Dialect
from findrobots.formats.coded import concat
from findrobots.formats.columns import choose_reader, parse_block
from findrobots.formats.compiled import fields as fields_module
from findrobots.formats.compiled import known, reader
from findrobots.formats.compiled.fields import (
    MAX_STEPS,
    NO_NUMBER,
    UNKNOWN,
    add_lines,
    find_number,
    forget,
    make_fields,
    number_of,
)
from findrobots.formats.compiled.intrinsics import (
    BLOCK_SIZE,
    compiled,
    count_bits,
    equal_at,
    first_bit,
    same_at,
    within_at,
    word_at,
)
from findrobots.formats.compiled.line import is_address
from findrobots.formats.compiled.marks import find_marks
from findrobots.formats.in_arrays import ArrayReader
from findrobots.formats.visitors import Visitors
from support.all_lines import (
    HOSTS,
    block_of,
    cut_into_blocks,
    is_robot,
    mutate,
    parse_blocks,
    parse_each,
)
from support.samples import combined

parse_compiled = partial(parse_blocks, compiled=True)
SCATTER, NEXT_FACTOR = int(fields_module.SCATTER), int(fields_module.NEXT_FACTOR)
LETTERS = int.from_bytes(b"letters ", "little")


def octets_of(text):
    return np.frombuffer(text + b"\n" * BLOCK_SIZE, np.uint8)


def texts_of_one_hash(bits, begin=b""):
    """Make fields of one hash: what a word adds to it, the next one subtracts."""
    chance = random.Random(bits)  # noqa: S311 (the same fields each time)
    factors = [SCATTER + (len(begin) // 8 + place) * NEXT_FACTOR for place in range(2 * bits)]
    pairs = [_words_of_one_sum(*factors[2 * bit : 2 * bit + 2], chance) for bit in range(bits)]
    for chosen in product(*pairs):
        yield begin + b"".join(chosen) + b"the end."


def _words_of_one_sum(factor, next_factor, chance):
    """Return two different pairs of words, which may be in a user agent."""
    while True:
        some = chance.randrange(1 << 64)
        words = [_words(0, 0), _words(some * next_factor, -some * factor)]
        if not any(octet in text for text in words for octet in b'\n"\\'):
            return words


def _words(*sums):
    """Return the words of which some numbers are left when they are folded."""
    numbers = [(LETTERS + number) % (1 << 64) for number in sums]
    return b"".join((number ^ number >> 32).to_bytes(8, "little") for number in numbers)


@compiled
def _call(text, at, octet, least, greatest):
    equal = equal_at(text, at, octet)
    return (
        word_at(text, at),
        equal,
        within_at(text, at, least, greatest),
        same_at(text, at, text, at + 10),
        first_bit(equal),
        count_bits(equal),
    )


def test_bytes_are_read_several_at_once():
    text = octets_of(b"0123456789" * 2 + b"\n" + b"x" * 50)
    word, *bits, first, count = _call(text, 3, *np.frombuffer(b"x57", np.uint8))
    assert int(word) == int.from_bytes(b"34567890", "little")
    ranges = (range(18, 64), (2, 3, 4, 12, 13, 14), (*range(7), *range(18, 58)))
    assert [*map(int, bits)][1:] == [sum(1 << place for place in each) for each in ranges[1:]]
    assert int(bits[0]) % (1 << 64) == sum(1 << place for place in ranges[0])
    assert (first, count) == (18, 46)
    assert _call(text, 3, *np.frombuffer(b"ccc", np.uint8))[-2:] == (BLOCK_SIZE, 0)


@pytest.mark.parametrize("room", [BLOCK_SIZE + 1, 3 * BLOCK_SIZE, 5000])
def test_all_quotes_newlines_and_backslashes_are_found(room):
    chance = random.Random(room)  # noqa: S311 (the same text each time)
    text = bytes(chance.choices(b'"\n\\xyz', [1, 1, 1, 3, 9, 9], k=2000))
    marks, backslashes = np.empty(room, np.int32), np.empty(room, np.int32)
    found = list[list[int]](), list[int]()
    for at in range(0, len(text), room - BLOCK_SIZE):
        counts = find_marks(octets_of(text), at, len(text), marks, backslashes)
        for all_found, places, count in zip(found, (marks, backslashes), counts, strict=True):
            all_found.extend(places[:count].tolist())
    assert found[0] == [place for place, octet in enumerate(text) if octet in b'"\n']
    assert found[1] == [place for place, octet in enumerate(text) if octet in b"\\"]


NUMBERS = ["0", "1", "9", "10", "99", "100", "199", "200", "249", "250", "255"]
NO_NUMBERS = ["", "00", "01", "001", "256", "260", "300", "999", "1000", "0000", "a", "1a", "-"]


def test_an_address_is_told_as_the_library_tells_it():
    fields = {
        ".".join([*fixed[:place], number, *fixed[place:]])
        for number in NUMBERS + NO_NUMBERS
        for fixed in (
            ["1", "2", "3"],
            ["255", "250", "199"],
            ["0", "10", "0"],
            ["1", "2"],
            ["9"] * 4,
        )
        for place in range(len(fixed) + 1)
    }
    text = octets_of("\n".join(sorted(fields)).encode() + b" - - [")
    at = 0
    for field in sorted(fields):
        assert is_address(text, at, at + len(field)) == _is_address(field), field
        at += len(field) + 1


def _is_address(field):
    try:
        return bool(IPv4Address(field))
    except AddressValueError:
        return False


@pytest.mark.parametrize("size", range(30))
def test_equal_fields_have_one_number(size):
    field, other = b"f" * size, b"f" * size + b"g"
    text = octets_of(b"\n".join([field, other, field, other, b""]))
    fields = make_fields(4, 99)
    numbers = [
        number_of(text, begin, begin + length, fields)
        for begin, length in [
            (0, size),
            (size + 1, size + 1),
            (2 * size + 3, size),
            (3 * size + 4, size + 1),
        ]
    ]
    assert numbers == [0, 1, 0, 1]


def test_fields_are_forgotten():
    fields = make_fields(8, 99)
    for _ in range(1000):
        forget(fields)
        assert number_of(octets_of(b"some field\n"), 0, 10, fields) == 0


def test_a_field_for_which_there_is_no_room_gets_no_number():
    text, fields = octets_of(b"one two three\n"), make_fields(2, 99)
    places = [(0, 3), (4, 7), (8, 13), (0, 3)]
    assert [number_of(text, *place, fields) for place in places] == [0, 1, NO_NUMBER, 0]


def test_a_field_is_found_among_those_of_another_text():
    fields = make_fields(3, 99)
    add_lines(octets_of(b"192.0.2.1\n192.0.2.22\n"), fields)
    text = octets_of(b"192.0.2.22 192.0.2.2\n")
    assert find_number(text, 0, 10, fields) == 1
    assert find_number(text, 11, 20, fields) == UNKNOWN


@pytest.mark.parametrize("pattern", ["192.%d.%d.%d", "10.1.%d.%d.%d", "host-%d-%d-%d", "%d.%d%d"])
def test_all_fields_that_nobody_made_get_a_number(pattern):
    names = {pattern % parts for parts in product(range(5), range(90), range(60))}
    text, fields = (
        octets_of("".join(f"{name}\n" for name in names).encode()),
        make_fields(len(names), sum(map(len, names))),
    )
    add_lines(text, fields)
    assert fields.total == len(names)


def test_few_fields_of_one_hash_get_a_number():
    made = [*texts_of_one_hash(8)]
    text, fields = octets_of(b"".join(made) + b"\n"), make_fields(1024, 1 << 20)
    size = len(made[0])
    numbers = [number_of(text, at, at + size, fields) for at in range(0, size * len(made), size)]
    assert len({*made}) == len(made) == 256
    assert numbers == [*range(MAX_STEPS), *[NO_NUMBER] * (256 - MAX_STEPS)]
    assert numbers[:3] == [number_of(text, at, at + size, fields) for at in (0, size, 2 * size)]


def test_lines_of_user_agents_of_one_hash_are_read_all_the_same():
    lines = [
        combined(user_agent="Abot").replace(b"Abot", agent)
        for agent in texts_of_one_hash(8, b"Abot 1.0")
    ]
    text = b"\n".join(lines) + b"\n"
    assert parse_compiled([block_of(text)]) == parse_each(text)


def test_more_lines_than_are_read_at_once_are_read(monkeypatch):
    monkeypatch.setattr(reader, "CHUNK_LINES", 7)
    chance = random.Random(0)  # noqa: S311 (the same lines each time)
    lines = [combined(host=f"192.0.2.{n % 9}", user_agent=f"{n % 5}bot") for n in range(200)]
    lines += [mutate(line, chance) for line in lines]
    text = b"\n".join(lines) + b"\n"
    # A new function, so that a new reader is made.
    assert parse_compiled([block_of(text)], declares=partial(is_robot)) == parse_each(text)


@pytest.mark.parametrize("size", [600, 1 << 20])
def test_requests_keep_their_values_while_later_lines_are_read(size, monkeypatch):
    monkeypatch.setattr(reader, "CHUNK_LINES", 7)
    monkeypatch.setattr(known, "MAX_FIELDS", 16)
    monkeypatch.setattr(known, "MAX_SIZE", size)
    chance = random.Random(size)  # noqa: S311 (the same lines each time)
    lines = [
        combined(f"192.0.2.{n % 30}", request=f"GET /{n % 11} HTTP/1.1", user_agent=f"{n % 23}bot")
        for n in range(300)
    ]
    lines += [b"example.org:80 " + line for line in lines[::3]]
    lines += [line.replace(b" - - ", b" - someone ").replace(b' "-" "', b" ") for line in lines]
    lines += [line[: line.find(b' "-" "')] for line in lines[::5]]
    lines += [mutate(line, chance) for line in lines]
    chance.shuffle(lines)
    text = b"\n".join(lines) + b"\n"
    options = {"is_robot": partial(is_robot), "robot_hosts": HOSTS, "compiled": True}
    blocks = [*cut_into_blocks(text, range(0, len(lines), 40))]
    parsed = [parse_block(block, Dialect(), **options) for block in blocks]
    rows = [zip(*part.decode(), strict=True) for each in parsed for part in each.requests]
    expected, *_ = parse_each(text)
    assert sorted(chain(*rows)) == sorted(expected)
    whole = concat([part for each in parsed for part in each.requests])
    assert sorted(zip(*whole.decode(), strict=True)) == sorted(expected)


def test_threads_read_at_the_same_time():
    texts = [
        b"".join(
            combined(host=f"192.0.2.{n % m}", user_agent=f"{m}bot") + b"\n" for n in range(999)
        )
        for m in range(1, 9)
    ]
    options = {"is_robot": is_robot, "robot_hosts": HOSTS, "compiled": True}

    def parse(text):
        requests = concat(parse_block(block_of(text), Dialect(), **options).requests)
        return requests.host.decode(), requests.user_agent.decode()

    with ThreadPoolExecutor(8) as threads:
        assert [*threads.map(parse, texts * 4)] == [*map(parse, texts * 4)]


@pytest.fixture
def visitors():
    return Visitors(Dialect(), is_robot, HOSTS)


def test_lines_are_read_by_compiled_loops_if_these_are_wanted(visitors):
    assert isinstance(choose_reader(visitors, compiled=True), reader.CompiledReader)
    assert isinstance(choose_reader(visitors, compiled=False), ArrayReader)


def test_lines_are_read_in_arrays_where_numba_is_not_installed(monkeypatch, visitors):
    monkeypatch.setitem(sys.modules, "findrobots.formats.compiled.reader", None)
    assert isinstance(choose_reader(visitors, compiled=True), ArrayReader)


def test_lines_are_read_in_arrays_where_numba_fails(monkeypatch, visitors):
    monkeypatch.setattr(reader, "read_lines", lambda *_: 1 / 0)
    assert isinstance(choose_reader(visitors, compiled=True), ArrayReader)
