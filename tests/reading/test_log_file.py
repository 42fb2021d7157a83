import gzip
import os
import random
import tempfile
import threading
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from findrobots.reading.decompress import Damage, decompress_log
from findrobots.reading.fingerprint import WINDOW
from findrobots.reading.log_file import LogFile
from findrobots.storage.discovery import STANDARD_INPUT
from findrobots.storage.remote import prefetch
from support.objects import placed
from support.servers import http_server

NOISE = random.Random(5).randbytes(3 * WINDOW)  # noqa: S311 (not a secret)
TEXT = b"".join(b"192.0.2.%d GET /%x\n" % (n % 256, n * 7919) for n in range(30_000))
CORRUPT = gzip.compress(TEXT)[:-8] + bytes(8) + gzip.compress(b"after\n")
CORRUPT_TEXT = TEXT + b"after\n"


def file_digest(source):
    with closing(LogFile(source)) as file:
        return file.stored_digest()


def pending(url):
    """Have a log opened that is read in small ranges."""
    for log in prefetch([placed(url)], range_size=9999):
        log.future.exception()  # it is opened before prefetch ends
    return log


def text_of(file):
    text = b"".join(part for part in decompress_log(file) if not isinstance(part, Damage))
    file.close()
    return text


def read_out(file, size):
    while file.read(size):
        pass
    file.close()
    return file.digest()


@contextmanager
def pipe(stored):
    """A path at which there is a pipe with some bytes in it."""
    reader, writer = os.pipe()

    def write():
        with os.fdopen(writer, "wb") as file:
            file.write(stored)

    threading.Thread(target=write, daemon=True).start()
    yield f"/dev/fd/{reader}"
    os.close(reader)


def at(directory, stored):
    path = directory / "a.log.gz"
    path.write_bytes(stored)
    return str(path)


@pytest.mark.parametrize("size", [0, 1, WINDOW - 1, WINDOW, WINDOW + 1, 3 * WINDOW])
def test_the_digest_of_what_was_read_is_that_of_the_file(tmp_path, size):
    path = at(tmp_path, NOISE[:size])
    for read_size in (999, WINDOW, WINDOW + 1, 1 << 20):
        assert read_out(LogFile(path), read_size) == file_digest(path)


def test_the_digest_changes_with_the_ends_and_the_size(tmp_path):
    digests = set()
    for changed_at in (None, 0, WINDOW - 1, -WINDOW, -1):
        changed = bytearray(NOISE)
        if changed_at is not None:
            changed[changed_at] ^= 1
        digests.add(file_digest(at(tmp_path, changed)))
    digests |= {file_digest(at(tmp_path, bytes(size))) for size in (10**6, 10**6 + 1)}
    assert len(digests) == 7
    assert {len(digest) for digest in digests} == {16}


@pytest.mark.parametrize("rest", [b"", b"garbage" * 99_999, b"\0" * 999_999, CORRUPT], ids=len)
def test_a_log_is_read_to_its_end_whatever_is_there(tmp_path, rest):
    path = at(tmp_path, gzip.compress(b"a\n") + rest)
    file = LogFile(path)
    text_of(file)
    assert (file.bytes_read, file.digest()) == (Path(path).stat().st_size, file_digest(path))


def test_reading_at_an_offset_moves_nothing(tmp_path):
    for path in (at(tmp_path, NOISE), placed(f"file://{tmp_path}/a.log.gz")):
        file = LogFile(path)
        assert file.read(9) == NOISE[:9]
        assert file.read_at(77, 5) == NOISE[77:82]
        assert file.read(9) == NOISE[9:18]
        assert file.read_at(len(NOISE), 5) == b""
        assert file.bytes_read == 18
        file.close()


def test_a_corrupt_log_is_read_again_wherever_it_is(tmp_path):
    path = at(tmp_path, CORRUPT)
    with pipe(CORRUPT) as reader, http_server(tmp_path) as address:
        for source in (path, reader, placed(f"file://{path}"), pending(f"{address}/a.log.gz")):
            file = LogFile(source)
            assert text_of(file) == CORRUPT_TEXT
            assert (file.bytes_read, file.digest()) == (
                Path(path).stat().st_size,
                file_digest(path),
            )


def test_a_url_without_ranges_is_not_read_again_if_the_disk_is_full(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "TemporaryFile", partial(Path("/nowhere/at/all").open, "wb"))
    at(tmp_path, CORRUPT)
    with http_server(tmp_path) as address:
        file = LogFile(pending(f"{address}/a.log.gz"))
        *_, damage = decompress_log(file)
        file.close()
    assert damage == Damage(len(CORRUPT), "can be read only once", unread=True)


def test_a_fifo_is_read_by_its_name(tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    threading.Thread(target=path.write_bytes, args=(CORRUPT,), daemon=True).start()
    assert text_of(LogFile(str(path))) == CORRUPT_TEXT


def test_standard_input_is_read_from_its_position(tmp_path):
    path = at(tmp_path, b"read already" + CORRUPT)
    former = os.dup(0)
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 (its descriptor is wanted)
            file.seek(len(b"read already"))
            os.dup2(file.fileno(), 0)
        stored = LogFile(STANDARD_INPUT)
        assert text_of(stored) == CORRUPT_TEXT
        assert stored.bytes_read == len(CORRUPT)
    finally:
        os.dup2(former, 0)
        os.close(former)


def test_only_a_pipe_of_gzip_is_kept(monkeypatch):
    kept = []

    def keep(**options):
        kept.append(options)
        return temporary_file(**options)

    temporary_file = tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", keep)
    for stored in (b"text\n", b"", CORRUPT[:10]):
        with pipe(stored) as reader:
            read_out(LogFile(reader), 7)
    assert len(kept) == 1


@pytest.mark.parametrize("temporary", ["/dev/full", "/nowhere/at/all"])
def test_a_pipe_is_read_but_not_again_if_the_disk_is_full(temporary, monkeypatch):
    monkeypatch.setattr(tempfile, "TemporaryFile", partial(Path(temporary).open, "wb"))
    whole = gzip.compress(TEXT)
    with pipe(whole) as reader:
        assert text_of(LogFile(reader)) == TEXT
    with pipe(whole[:-9]) as reader:
        file = LogFile(reader)
        *_, damage = decompress_log(file)
        file.close()
    assert damage == Damage(len(whole) - 9, "can be read only once", unread=True)


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/full"])
def test_a_device_is_refused(path):
    for opening in (lambda: LogFile(path), lambda: file_digest(path)):
        with pytest.raises(OSError, match=r"^is a device, not a log file$"):
            opening()


def test_the_null_device_is_an_empty_log():
    file = LogFile("/dev/null")
    assert file.read(9) == b""
    assert file.close() == 0


def test_a_terminal_is_read():
    controller, terminal = os.openpty()
    file = LogFile(os.ttyname(terminal))
    os.write(controller, b"a line\n")
    assert file.read(99) == b"a line\n"
    file.close()
    os.close(controller)
    os.close(terminal)


def test_a_log_that_can_be_read_only_once_has_no_stored_digest(tmp_path):
    at(tmp_path, NOISE)
    with pipe(b"") as reader, http_server(tmp_path) as address:
        for path in (reader, pending(f"{address}/a.log.gz")):
            with pytest.raises(OSError, match="can be read only once"):
                file_digest(path)
    with pytest.raises(OSError, match="gone"):
        file_digest(placed(f"file://{tmp_path}/gone"))


def test_a_log_at_a_url_has_the_digest_of_a_file(tmp_path):
    path = at(tmp_path, NOISE)
    assert file_digest(placed(f"file://{path}")) == file_digest(path)


def test_a_prefetched_log_is_read_on_after_a_read_at_an_offset(tmp_path, s3):
    at(tmp_path, NOISE)
    s3.pipe("logs/a.log.gz", NOISE)
    with http_server(tmp_path) as address:
        for log in prefetch(map(placed, (f"{address}/a.log.gz", "s3://logs/a.log.gz"))):
            file = log.future.result()
            assert file.read(9) == NOISE[:9]
            assert file.read_at(99, 9) == NOISE[99:108]
            stored = NOISE[:9]
            while more := file.read(99_999):
                stored += more
            assert stored == NOISE
            file.close()
