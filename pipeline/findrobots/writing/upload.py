"""Upload a file or object to a URL atomically."""

import re
import secrets

from findrobots.errors import FindrobotsError, MissingExtraError, OutputError
from findrobots.storage.locations import filesystem_of
from findrobots.storage.retry import retry
from findrobots.storage.urls import error_text, translate_error

__all__ = ["check_destination", "object_version", "upload"]

# In these, an object appears only when it is complete: "Amazon S3 never adds partial objects"
# (PutObject), "uploads are strongly consistent" (Cloud Storage), a blob exists once its list of
# blocks is committed (Put Block List). Elsewhere a temporary file is written and renamed.
OBJECT_STORES = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss"}
READ_ONLY = {"http", "https"}
# The fields of fsspec's ``info`` that change when the object does.
VERSION_FIELDS = {
    "ETag",
    "etag",
    "md5Hash",
    "LastModified",
    "last_modified",
    "mtime",
    "created",
    "size",
}


def check_destination(url: str) -> None:
    """Check before the work that a URL can be written.

    Raises
    ------
    OutputError
        The URL does not name an object, its bucket or directory does not exist, or the
        server does not respond.
    MissingExtraError
        The library for this kind of URL is not installed.
    """
    if "::" in url or _scheme(url) in READ_ONLY:
        raise OutputError(url, "URLs of this kind are read-only", "name a file or an object")
    if url.endswith("/"):
        raise OutputError(url, "it is a directory", "name a file in it")
    try:
        system, path = filesystem_of(url)
        parent = path.partition("/")[0] if _is_object(url) else path.rpartition("/")[0]
        if parent.strip("/"):
            system.info(parent)
    except FileNotFoundError as error:
        kind = "bucket" if _is_object(url) else "directory"
        raise OutputError(url, f"its {kind} does not exist", "create it first") from error
    except PermissionError:
        pass  # credentials that may not list a bucket may still write to it
    except Exception as error:
        raise _output_error(url, error) from error


def object_version(url: str) -> dict[str, object]:
    """Return what identifies an object's version; empty if it does not exist.

    Raises
    ------
    OutputError
        The server does not respond, or refuses.
    MissingExtraError
        The library for this kind of URL is not installed.
    """
    try:
        system, path = filesystem_of(url)
        system.invalidate_cache()
        info = retry(lambda: system.info(path))
    except FileNotFoundError:
        return {}
    except Exception as error:
        raise _output_error(url, error) from error
    return {key: value for key, value in info.items() if key in VERSION_FIELDS}


def upload(url: str, content: bytes) -> None:
    """Write bytes to a URL atomically; the old object is kept until then.

    Raises
    ------
    OutputError
        The bytes cannot be written.
    MissingExtraError
        The library for this kind of URL is not installed.
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
        raise _output_error(url, error) from error


def _scheme(url: str) -> str:
    return re.split(r"://", url)[0]


def _is_object(url: str) -> bool:
    return _scheme(url) in OBJECT_STORES


def _output_error(url: str, error: Exception) -> FindrobotsError:
    """Translate an error of the library that handles this kind of URL."""
    translated = translate_error(url, error)
    if isinstance(translated, MissingExtraError):
        return translated
    return OutputError(url, error_text(error), "write to another URL")
