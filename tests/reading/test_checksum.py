from zlib import crc32

from findrobots.reading.checksum import combine_checksums
from hypothesis import given
from hypothesis import strategies as st


@given(st.binary(), st.binary())
def test_the_checksum_of_two_texts_is_that_of_both_together(first, second):
    expected = crc32(first + second)
    assert combine_checksums(crc32(first), crc32(second), len(second)) == expected


def test_sizes_of_gigabytes_are_as_right_as_small_ones():
    zeros = bytes(1 << 20)
    size, checksum = len(zeros), crc32(zeros)
    for _ in range(13):  # to 8 GiB
        checksum = combine_checksums(checksum, checksum, size)
        size *= 2
    step = 0
    for _ in range(8):
        step = crc32(zeros, step)
    assert combine_checksums(crc32(zeros * 4), crc32(zeros * 4), 4 << 20) == step
    half = combine_checksums(crc32(b"a"), checksum, size)
    assert combine_checksums(half, checksum, size) == combine_checksums(
        crc32(b"a"), combine_checksums(checksum, checksum, size), 2 * size
    )
