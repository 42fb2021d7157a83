import gzip
import random
import struct
import subprocess
import tracemalloc
import zlib

import pytest
from findrobots.reading.decompress import Damage, decompress_log
from findrobots.reading.recovery import STEP, recover_gzip
from support.samples import StoredBytes

CUT = "unexpected end of gzip stream"
CHECKSUM = "gzip checksum mismatch"


def lines(count, seed):
    chance = random.Random(seed)  # noqa: S311 (not a secret)
    return b"".join(b"192.0.2.%d GET /%x\n" % (n, chance.getrandbits(50)) for n in range(count))


TEXTS = [lines(25, seed) for seed in range(3)]
MEMBERS = [gzip.compress(text, mtime=0) for text in TEXTS]
LONG_TEXT = lines(150, 9)
LONG = gzip.compress(LONG_TEXT, mtime=0)


def read(stored):
    """Return the text of a log, and its damages."""
    return split(decompress_log(StoredBytes(stored)))


def recover(stored, **limits):
    """Return the text of a corrupt log, and its damages."""
    return split(recover_gzip(StoredBytes(stored).read_at, len(stored), **limits))


def split(parts):
    parts = list(parts)
    damages = [part for part in parts if isinstance(part, Damage)]
    return b"".join(part for part in parts if part not in damages), damages


def byte_by_byte(member):
    """Decompress a member by the simplest means: its text, the byte it breaks at, if any."""
    stream, text = zlib.decompressobj(31), b""
    for at in range(len(member)):
        try:
            text += stream.decompress(member[at : at + 1])
        except zlib.error:
            return text, at
        if stream.eof:
            return text, None
    return text, len(member)


@pytest.mark.parametrize("members", [[LONG], MEMBERS], ids=len)
def test_a_log_cut_off_at_any_byte_gives_all_before_the_cut(members):
    stored = b"".join(members)
    whole = [len(b"".join(members[:count])) for count in range(len(members) + 1)]
    for cut in range(len(stored) + 1):
        text, damages = read(stored[:cut])
        expected, rest = b"", stored[:cut]
        while rest:
            stream = zlib.decompressobj(31)
            expected += stream.decompress(rest)
            rest = stream.unused_data
        assert text == expected
        assert damages == [Damage(cut, CUT)] * (cut not in whole)


def test_a_log_cut_off_gives_no_less_than_gzip_does():
    stored = b"".join(MEMBERS)
    for cut in range(0, len(stored), 50):
        command = subprocess.run(["gzip", "-dc"], input=stored[:cut], capture_output=True)  # noqa: PLW1510 (it fails)
        assert read(stored[:cut])[0].startswith(command.stdout)


@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_a_wrong_byte_anywhere_loses_nothing_before_it_and_no_other_member(flip):
    begin = len(MEMBERS[0])
    broken = 0
    for at in range(len(MEMBERS[1])):
        wrong = bytearray(MEMBERS[1])
        wrong[at] ^= flip
        text, damages = read(MEMBERS[0] + wrong + MEMBERS[2])
        if not damages:
            assert text == b"".join(TEXTS)
            continue
        broken += 1
        before, offset = byte_by_byte(wrong + MEMBERS[2])
        assert text == TEXTS[0] + before + TEXTS[2]
        assert [damage.offset for damage in damages] == [begin + offset]
    assert broken > len(MEMBERS[1]) - 10


@pytest.mark.slow
def test_a_wrong_byte_in_the_only_member_gives_what_zlib_gives():
    for at in range(1, len(LONG), 3):
        wrong = bytearray(LONG)
        wrong[at] = at * 7919 % 256
        text, damages = read(wrong)
        before, offset = byte_by_byte(wrong)
        assert text == before or not damages
        assert [damage.offset for damage in damages] in ([offset], [])
        assert damages or text == LONG_TEXT


@pytest.mark.parametrize("member", [0, 1, 2])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_wrong_zero_in_the_first_bytes_of_any_member_is_damage(member, at):
    wrong = [bytearray(each) for each in MEMBERS]
    wrong[member][at] = 0
    text, (damage,) = read(b"".join(wrong))
    assert text == b"".join(TEXTS[:member] + TEXTS[member + 1 :])
    assert 0 <= damage.offset - len(b"".join(MEMBERS[:member])) <= 3


def test_each_damage_follows_the_text_before_it():
    cut, checksum = MEMBERS[0][:-20], MEMBERS[1][:-8] + bytes(8)
    stored = cut + checksum + MEMBERS[2] + bytes(9999) + MEMBERS[0][:100]
    parts = [part for part in decompress_log(StoredBytes(stored)) if part]
    assert [part.reason for part in parts if isinstance(part, Damage)][-1] == CUT
    assert parts[-1] == Damage(len(stored), CUT)
    at = parts.index(TEXTS[2])
    assert isinstance(parts[at - 1], Damage)
    assert parts[at + 1] == byte_by_byte(MEMBERS[0][:100])[0]


def test_a_member_after_a_wrong_checksum_is_read_though_it_is_cut_too():
    wrong = MEMBERS[0][:-8] + bytes(8)
    text, damages = read(wrong * 3 + MEMBERS[1][:-4])
    assert text == TEXTS[0] * 3 + TEXTS[1]
    assert [damage.reason for damage in damages] == [CHECKSUM] * 3 + [CUT]


@pytest.mark.parametrize("size", [1, 5])
def test_a_wrong_size_of_the_text_is_a_wrong_checksum(size):
    wrong = MEMBERS[0][:-size] + b"\xee" * size
    text, damages = read(wrong + MEMBERS[1])
    assert (text, [damage.reason for damage in damages]) == (TEXTS[0] + TEXTS[1], [CHECKSUM])


def test_a_log_that_was_cut_and_written_on_gives_what_was_written_then():
    for cut in range(20, len(MEMBERS[0]), 7):
        text, damages = read(MEMBERS[0][:cut] + MEMBERS[1] + MEMBERS[2])
        assert text.startswith(byte_by_byte(MEMBERS[0][:cut])[0])
        assert text.endswith(TEXTS[1] + TEXTS[2])
        assert len(damages) == 1


def test_garbage_is_damage_and_members_in_it_are_read():
    garbage = b"garbage \x1f\x8b\x08\0 " * 9
    stored = MEMBERS[0] + garbage + MEMBERS[1]
    text, (inside, after) = read(stored + garbage)
    assert text == TEXTS[0] + TEXTS[1]
    assert len(MEMBERS[0]) <= inside.offset <= len(MEMBERS[0]) + 2
    assert inside.corrupt
    assert after.offset == len(stored)
    assert not after.corrupt


def test_garbage_after_a_corrupt_member_is_one_damage_with_it():
    text, damages = read(MEMBERS[0][:-4] + b"garbage" * 99)
    assert (text, len(damages)) == (TEXTS[0], 1)


def test_a_member_is_found_wherever_blocks_of_the_search_end():
    for size in range(4, 20):
        text, _ = recover(MEMBERS[0][:50] + MEMBERS[1], search_size=size)
        assert text.endswith(TEXTS[1])


def test_no_block_size_changes_the_text_of_a_corrupt_log():
    stored = MEMBERS[0] + MEMBERS[1][:-30] + MEMBERS[2]
    for block_size in (1, 7, 64):
        parts = list(decompress_log(StoredBytes(stored), block_size))
        assert max(len(part) for part in parts if isinstance(part, bytes)) <= block_size
        assert b"".join(part for part in parts if isinstance(part, bytes)) == read(stored)[0]


def overlapping(count, tail):
    """Make a log of members that begin in one another, and share a tail that never ends."""
    head, block = gzip.compress(b"")[:10], 5
    size = count * (len(head) + block)
    stored = b""
    for _ in range(count):
        inside = size - len(stored) - len(head) - block
        stored += head + b"\0" + struct.pack("<HH", inside, inside ^ 0xFFFF)
    stream = zlib.compressobj(wbits=-15)
    return stored + stream.compress(tail) + stream.flush(zlib.Z_SYNC_FLUSH)


def reread(stored, **limits):
    """Return how many bytes the recovery of a log reads."""
    file = StoredBytes(stored)
    parts = list(recover_gzip(file.read_at, len(stored), **limits))
    assert isinstance(parts[-1], Damage)
    return file.reread


def test_members_that_overlap_are_read_in_linear_time():
    stored = overlapping(500, b"".join(MEMBERS) * 100)
    assert byte_by_byte(stored[15:])[1] == len(stored) - 15
    assert reread(stored) < 8 * len(stored)


def test_thousands_of_false_members_are_tried_in_linear_time():
    few, many = (reread(b"\x1f\x8b\x08\0" * count, max_tries=100) for count in (5_000, 50_000))
    assert many - few < 3 * 4 * 45_000
    assert few < 3 * 20_000 + 100 * 2 * STEP


def test_a_log_that_breaks_all_the_time_is_given_up():
    _, damages = recover((MEMBERS[0][:-8] + bytes(8)) * 300, max_tries=100)
    assert len(damages) == 100


@pytest.mark.slow
def test_a_corrupt_bomb_takes_little_memory():
    stored = gzip.compress(bytes(100_000_000))[:-1]
    file, size = StoredBytes(stored), 0
    tracemalloc.start()
    for part in decompress_log(file):
        size += len(part) if isinstance(part, bytes) else 0
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size == 100_000_000
    assert peak < 20_000_000


def test_a_log_that_is_shorter_when_read_again_is_truncated():
    file = StoredBytes(LONG[:-1])
    file.read_at = lambda offset, size: LONG[:500][offset : offset + size]
    assert list(decompress_log(file))[-1] == Damage(500, CUT)
