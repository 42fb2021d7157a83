import bz2
import gzip
import lzma
import random
import zlib
from functools import partial

import pytest
from backports import zstd
from findrobots.reading import compression, decompress, fingerprint
from findrobots.reading.decompress import READ_SIZE, Damage, decompress_log
from findrobots.reading.fingerprint import TextWindow, tee
from hypothesis import given
from hypothesis import strategies as st
from support.samples import STORES, TEXTS, StoredBytes

TEXT = b"".join(b"192.0.2.%d GET /%x\n" % (n % 256, n * 7919) for n in range(30_000))
COMPRESSED = {name: store for name, store in STORES.items() if store is not bytes}
TRAILING = "unexpected data after a gzip stream"
# How a BGZF file ends (SAM specification, section 4.1.2).
BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
CUT = "unexpected end of gzip stream"


class Failing(StoredBytes):
    """Bytes that cannot be read to their end."""

    last = 0

    def read(self, size):
        if self.tell() >= self.last:
            raise OSError(5, "Input/output error")
        return super().read(min(size, self.last - self.tell()))


def read(stored, file=StoredBytes, **sizes):
    """Return the text of a log, and its damages."""
    parts = list(decompress_log(file(stored), **sizes))
    damages = [part for part in parts if isinstance(part, Damage)]
    return b"".join(part for part in parts if part not in damages), damages


def noise(size):
    return random.Random(size).randbytes(size)  # noqa: S311 (not a secret)


@pytest.mark.parametrize(
    ("stored", "text", "damages"),
    [
        (b"", b"", []),
        (b"\0" * 99, b"\0" * 99, []),
        (b"\x1f", b"", [Damage(1, CUT)]),
        (b"\x1f\x8b", b"", [Damage(2, CUT)]),
        (b"\x1f\x8b\x08\0\0", b"", [Damage(5, CUT)]),
        (b"abc", b"abc", []),
        (b"PK\x03", b"PK\x03", []),
        (gzip.compress(b""), b"", []),
        (gzip.compress(b"") * 3, b"", []),
        (gzip.compress(b"a") + b"\0" * 999_999, b"a", []),
        (gzip.compress(b"a") + b"\0" * 9999 + b"garbage", b"a", [Damage(10_020, TRAILING)]),
        (gzip.compress(b"a") + b"\x1f", b"a", [Damage(22, CUT)]),
        (
            b"\x04\x22\x4d\x18xx",
            b"",
            [Damage(0, "unsupported compression lz4 (decompress the log first)")],
        ),
        (
            b"PK\x03\x04xx",
            b"",
            [Damage(0, "unsupported compression zip (decompress the log first)")],
        ),
    ],
    ids=[
        *("empty", "zeros", "one byte", "magic", "five bytes", "short text", "short binary"),
        *("no text", "no texts", "zeros", "zeros and garbage", "a begun member", "lz4", "zip"),
    ],
)
def test_the_smallest_logs_are_read_or_damaged(stored, text, damages):
    assert read(stored) == (text, damages)


@pytest.mark.parametrize("store", COMPRESSED.values(), ids=COMPRESSED)
@pytest.mark.parametrize("last", [0, 3, 40_000])
def test_an_error_of_reading_is_the_last_damage(store, last, monkeypatch):
    monkeypatch.setattr(Failing, "last", last)
    text, damages = read(store(TEXT), Failing, read_size=10_000)
    assert TEXT.startswith(text)
    assert damages == [Damage(last, "Input/output error", unread=True)]


def test_an_error_after_a_corrupt_member_loses_no_text_before_it(monkeypatch):
    member = gzip.compress(TEXT)
    stored = member[:-8] + bytes(8) + member * 2
    monkeypatch.setattr(Failing, "last", len(member) * 2 + 99)
    text, damages = read(stored, Failing, read_size=10_000)
    assert text[: 2 * len(TEXT)] == TEXT * 2
    assert [damage.reason for damage in damages] == [
        *("gzip checksum mismatch", CUT, "Input/output error")
    ]


@pytest.mark.parametrize(
    "store",
    [partial(bz2.compress, compresslevel=1), partial(lzma.compress, preset=0), zstd.compress],
    ids=["bzip2", "xz", "zstd"],
)
def test_a_corrupt_log_of_another_compression_gives_the_text_before_the_damage(store, request):
    words = [noise(size).hex().encode() for size in range(3, 99)]
    text = b" ".join(words[byte % len(words)] for byte in noise(99_999))
    stored = bytearray(store(text))
    at = len(stored) * 2 // 3
    stored[at : at + 99] = b"\xff" * 99
    given, (damage,) = read(stored)
    assert len(given) > len(text) // 3
    assert damage.reason.startswith(f"corrupt {request.node.callspec.id} stream (")
    assert abs(damage.offset - at) <= READ_SIZE


def test_a_log_that_asks_for_too_much_memory_says_so():
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 128 << 20}]
    stored = lzma.compress(b"a\n", filters=filters)
    _, (damage,) = read(stored)
    assert damage == Damage(
        0, "xz stream needs too much memory (Memory usage limit exceeded)", corrupt=True
    )
    options = {zstd.CompressionParameter.window_log: 28}
    stream = zstd.ZstdCompressor(options=options)
    _, (damage,) = read(stream.compress(b"a\n") + stream.flush())
    assert damage.offset == 0
    assert damage.reason.startswith("zstd stream needs too much memory (")


def test_the_strongest_compression_of_xz_is_read():
    assert read(lzma.compress(b"a\n", preset=9 | lzma.PRESET_EXTREME)) == (b"a\n", [])


@given(TEXTS, st.integers(1, 64), st.integers(1, 64), st.lists(st.integers(0, 3), max_size=4))
def test_any_sizes_of_reads_and_blocks_give_the_same_text(text, block_size, read_size, zeros):
    for store in STORES.values():
        stored = b"".join(
            store(text) + b"\0" * count * (store is not bytes) for count in [0, *zeros]
        )
        blocks = list(decompress_log(StoredBytes(stored), block_size, read_size=read_size))
        assert b"".join(blocks) == text * (1 + len(zeros))
        assert store is bytes or max(map(len, blocks)) <= block_size


@given(
    st.lists(st.tuples(st.sampled_from(sorted(STORES)), TEXTS), min_size=1, max_size=3),
    st.binary(max_size=5),
    st.integers(1, 99),
    st.integers(1, 99),
)
def test_the_checksum_is_that_of_the_text_however_it_is_stored(streams, rest, block_size, cut):
    stored = b"".join(STORES[name](text) for name, text in streams) + rest
    stored = stored[: len(stored) * cut // 90]
    window, pieces = TextWindow(), list[bytes]()
    log = decompress_log(StoredBytes(stored), block_size, read_size=cut, window=window)
    for piece in tee(log, window):
        pieces += [piece] if isinstance(piece, bytes) else []
        assert window.checksum == zlib.crc32(b"".join(pieces))


def test_a_checksum_that_gzip_has_is_not_computed_again(monkeypatch):
    monkeypatch.setattr(fingerprint, "crc32", lambda *_: pytest.fail("computed again"))
    window = TextWindow()
    assert b"".join(tee(decompress_log(StoredBytes(gzip.compress(TEXT)), window=window), window))
    assert window.checksum == zlib.crc32(TEXT)


@pytest.mark.parametrize("name", COMPRESSED)
@pytest.mark.parametrize("rest", [b"x", b"\0\0x", b"\x1fx", b"plain text" * 99], ids=len)
@pytest.mark.parametrize("read_size", [1, 7, 1 << 17])
def test_other_data_after_a_complete_stream_is_damage(name, rest, read_size):
    store = COMPRESSED[name]
    stored = store(b"one\n") + store(b"two\n")
    *text, damage = decompress_log(StoredBytes(stored + rest), read_size=read_size)
    assert b"".join(text) == b"one\ntwo\n"
    assert damage.reason == f"unexpected data after a {name} stream"
    assert damage.offset == len(stored) + len(rest) - len(rest.lstrip(b"\0"))


@pytest.mark.parametrize(("name", "other"), [("gzip", "bzip2"), ("bzip2", "gzip"), ("xz", "zstd")])
def test_a_stream_of_another_compression_is_damage(name, other):
    stored = COMPRESSED[name](b"one\n") + COMPRESSED[other](b"two\n")
    text, damage = decompress_log(StoredBytes(stored))
    assert text == b"one\n"
    assert damage.reason == f"unexpected data after a {name} stream"


EMPTY = [
    ("gzip", gzip.compress(b"", 1, mtime=0)),
    ("gzip", BGZF_END),
    ("bzip2", bz2.compress(b"")),
    ("xz", lzma.compress(b"")),
    ("xz", lzma.compress(b"", check=lzma.CHECK_CRC32)),
    ("zstd", zstd.compress(b"")),
    ("zstd", zstd.compress(b"", options={zstd.CompressionParameter.checksum_flag: 1})),
    ("zstd", b"\x5a\x2a\x4d\x18\0\0\0\0"),
]


@pytest.mark.parametrize(("name", "empty"), EMPTY)
@pytest.mark.parametrize("read_size", [1, 19, 1 << 16])
def test_streams_without_text_are_skipped_together(name, empty, read_size, monkeypatch):
    made = []
    (row,) = (row for row in compression.COMPRESSIONS if row.name == name)
    counted = row._replace(decompressor=lambda: made.append(1) or row.decompressor())
    monkeypatch.setattr(decompress, "detect_compression", lambda _: counted)
    stored = (COMPRESSED[name](b"one\n") + empty * 999) * 2 + b"\0" * 9
    assert len(stored) < 1 << 20
    blocks = decompress_log(StoredBytes(stored), read_size=read_size)
    assert b"".join(blocks) == b"one\n" * 2
    # Where a read ends within a stream, that one is decompressed.
    assert read_size < 1 << 16 or len(made) < 9


@pytest.mark.parametrize("level", [1, 6, 9])
def test_zlib_and_lzma_are_read(level):
    lzma_alone = lzma.compress(TEXT, format=lzma.FORMAT_ALONE, preset=level)
    for stored in (zlib.compress(TEXT, level), lzma_alone):
        assert read(stored) == (TEXT, [])
        text, (damage,) = read(stored[:-20])
        assert TEXT.startswith(text)
        assert "unexpected end" in damage.reason


@pytest.mark.parametrize("inner", COMPRESSED)
@pytest.mark.parametrize("outer", COMPRESSED)
def test_a_log_that_is_compressed_twice_is_damage(outer, inner):
    text, (damage,) = read(COMPRESSED[outer](COMPRESSED[inner](b"one\n")))
    assert not text
    assert damage.reason == f"compressed twice: {inner} inside (decompress the log first)"


@pytest.mark.parametrize(
    ("name", "begin"), [("compress", b"\x1f\x9d\x90x"), ("7z", b"7z\xbc\xaf\x27\x1c\0\4")]
)
def test_other_compressions_are_named(name, begin):
    (damage,) = decompress_log(StoredBytes(begin * 9))
    assert damage.reason.startswith(f"unsupported compression {name} ")


def test_frames_of_zstd_without_text_are_skipped():
    skippable = b"\x50\x2a\x4d\x18\3\0\0\0abc"
    stored = skippable + zstd.compress(b"a\n") + skippable + zstd.compress(b"b\n")
    assert b"".join(decompress_log(StoredBytes(stored))) == b"a\nb\n"
