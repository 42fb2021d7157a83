"""What a table counts to the metadata that say it, and back."""

import json
import os
from collections.abc import Mapping
from datetime import timedelta
from importlib.metadata import version

import pyarrow as pa

from pipeline.robots import EPOCH, Scope, choose_scope

__all__ = ["SCHEMA", "describe", "read_scope", "writer_of"]

# The number of the columns' and the ledger's schema, to count up with every change of either.
SCHEMA = 1


def describe(hosts: pa.Table, scope: Scope) -> pa.Table:
    """Return a host table whose metadata says which version made it, and what it counts.

    The keys are ``findrobots.version``, ``findrobots.schema`` and ``findrobots.paths``, a
    JSON list; where requests were left out for it, ``findrobots.vhosts``, another, and
    ``findrobots.since`` and ``findrobots.until``, in ISO 8601.
    """
    metadata = {
        "findrobots.version": version("findrobots"),
        "findrobots.schema": str(SCHEMA),
        "findrobots.paths": json.dumps([os.fsdecode(path) for path in scope.paths]),
    }
    if scope.vhosts:
        metadata["findrobots.vhosts"] = json.dumps(scope.vhosts)
    for name, bound in (("since", scope.since), ("until", scope.until)):
        if bound is not None:
            metadata[f"findrobots.{name}"] = (EPOCH + timedelta(microseconds=bound)).isoformat()
    return hosts.replace_schema_metadata(metadata)


def read_scope(metadata: Mapping[bytes, bytes]) -> Scope:
    """Return what the metadata say that a table counts."""
    texts = {
        name: stored.decode()
        for name in Scope._fields
        if (stored := metadata.get(b"findrobots." + name.encode()))
    }
    paths, vhosts = (json.loads(texts.get(name, "[]")) for name in ("paths", "vhosts"))
    return choose_scope(paths, vhosts=vhosts, since=texts.get("since"), until=texts.get("until"))


def writer_of(metadata: Mapping[bytes, bytes]) -> str:
    """Return the version that wrote a table."""
    return metadata.get(b"findrobots.version", b"of some version").decode(errors="replace")
