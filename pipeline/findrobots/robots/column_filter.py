"""Keep the requests that count, among requests in columns of codes."""

from collections.abc import Callable, Hashable
from typing import TypeVar

import numpy as np

from findrobots.arrow import Booleans
from findrobots.formats.coded import Coded, RobotRequests
from findrobots.records import Requests
from findrobots.robots.filter import RequestFilter, filter_requests, request_path

__all__ = ["filter_columns"]

Value = TypeVar("Value", bound=Hashable)
Other = TypeVar("Other")


def filter_columns(
    item: RobotRequests | Other, *, request_filter: RequestFilter
) -> RobotRequests | Requests | Other:
    """Keep the requests that count, as ``filter_requests`` does; each path is compared once."""
    if not isinstance(item, RobotRequests):
        return filter_requests(item, request_filter=request_filter)
    paths = {*map(request_path, request_filter.paths)}
    wanted = _where(item.target, lambda target: request_path(target) in paths)
    if request_filter.vhosts:
        wanted &= _where(item.vhost, request_filter.vhosts.__contains__)
    if request_filter.since is not None:
        wanted &= item.time >= request_filter.since
    if request_filter.until is not None:
        wanted &= item.time < request_filter.until
    return item if wanted.all() else item.at(np.flatnonzero(wanted))


def _where(column: Coded[Value], is_wanted: Callable[[Value], bool]) -> Booleans:
    """Return of which rows the value is wanted."""
    wanted: Booleans = np.array([*map(is_wanted, column.values)], np.bool_)[column.codes]
    return wanted
