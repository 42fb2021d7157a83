"""Bytes to a file or object at a URL, whole or not at all."""

import re
import secrets

from findrobots.errors import FindrobotsError, MissingExtraError, OutputError
from findrobots.storage.retry import retry
from findrobots.storage.urls import error_text, filesystem_of, translate_error

__all__ = ["check_destination", "object_version", "upload"]

# Here an object appears when it is complete: "Amazon S3 never adds partial objects"
# (PutObject), "uploads are strongly consistent" (Cloud Storage), a blob is there when its
# list of blocks is (Put Block List). Elsewhere a file is written beside its place.
OBJECT_STORES = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss"}
NOT_WRITTEN = {"http", "https"}
# What in fsspec's account of an object is new when the object is.
CHANGING = {"ETag", "etag", "md5Hash", "LastModified", "last_modified", "mtime", "created", "size"}


def check_destination(url: str) -> None:
    """Refuse a URL where nothing can be written, before the work and not after.

    Raises
    ------
    OutputError
        It names no object, or its bucket or directory is not there, or gives no answer.
    MissingExtraError
        What writes there is not installed.
    """
    if "::" in url or _scheme(url) in NOT_WRITTEN:
        raise OutputError(url, "nothing is written there", "name a file or an object")
    if url.endswith("/"):
        raise OutputError(url, "it is a directory", "name a file in it")
    try:
        system, path = filesystem_of(url)
        holder = path.partition("/")[0] if _is_object(url) else path.rpartition("/")[0]
        if holder.strip("/"):
            system.info(holder)
    except FileNotFoundError as error:
        what = "bucket" if _is_object(url) else "directory"
        raise OutputError(url, f"its {what} does not exist", "make it first") from error
    except PermissionError:
        pass  # who may not look may write all the same
    except Exception as error:
        raise _fault(url, error) from error


def object_version(url: str) -> dict[str, object]:
    """Return an account of what stands at a URL, other than any later one's; empty for nothing.

    Raises
    ------
    OutputError
        It gives no answer.
    MissingExtraError
        What reads there is not installed.
    """
    try:
        system, path = filesystem_of(url)
        system.invalidate_cache()
        account = retry(lambda: system.info(path))
    except FileNotFoundError:
        return {}
    except Exception as error:
        raise _fault(url, error) from error
    return {key: value for key, value in account.items() if key in CHANGING}


def upload(url: str, content: bytes) -> None:
    """Store bytes at a URL; what stood there before stands until they all are.

    Raises
    ------
    OutputError
        They cannot be stored.
    MissingExtraError
        What writes there is not installed.
    """
    try:
        system, path = filesystem_of(url)
        if _is_object(url):
            retry(lambda: system.pipe_file(path, content))
            return
        temporary = f"{path}.{secrets.token_hex(4)}.tmp"
        try:
            retry(lambda: system.pipe_file(temporary, content))
            system.mv(temporary, path)
        except BaseException:
            if system.exists(temporary):
                system.rm(temporary)
            raise
    except Exception as error:
        raise _fault(url, error) from error


def _scheme(url: str) -> str:
    return re.split(r"://", url)[0]


def _is_object(url: str) -> bool:
    return _scheme(url) in OBJECT_STORES


def _fault(url: str, error: Exception) -> FindrobotsError:
    """Return a fault of whatever library a scheme takes as one of ours."""
    os_errors_as = translate_error(url, error)
    if isinstance(os_errors_as, MissingExtraError):
        return os_errors_as
    return OutputError(url, error_text(error), "write elsewhere")
