"""Limits and steps of resources that have another meaning here: ``add_limit`` and ``dlt.sources.incremental``."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dlt.extract import DltResource
from dlt.extract.items_transform import LimitItem

from fieldhouse.sources.engine.errors import FixSettings, TryLater
from fieldhouse.sources.engine.http.client import Client


class LimitReached(TryLater):
    """The limit of a resource (``add_limit``) is used up: what was read is loaded, and no state moves."""


@dataclass(frozen=True)
class Limit:
    """How much of a table is read: requests for its list, and seconds. None is no limit."""

    requests: int | None = None
    seconds: float | None = None


class LimitedClient:
    """A client that sends up to a number of requests; then each further one raises `LimitReached`."""

    def __init__(self, client: Client, limit: Limit) -> None:
        self._client, self._limit = client, limit
        self._sent, self._started = 0, time.monotonic()
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def _take(self) -> None:
        with self._lock:
            limit = self._limit
            if limit.requests is not None and self._sent >= limit.requests:
                raise LimitReached(f"the limit of {limit.requests} requests is reached")
            if limit.seconds is not None and time.monotonic() - self._started > limit.seconds:
                raise LimitReached(f"the limit of {limit.seconds:g} seconds is reached")
            self._sent += 1

    def get(self, request: Any) -> Any:
        """As `Client.get`."""
        self._take()
        return self._client.get(request)

    def get_many(self, requests: Any) -> list[Any]:
        """As `Client.get_many`."""
        self._take()
        return self._client.get_many(requests)


def limit_of(resource: DltResource) -> Limit | None:
    """The limit of a resource in requests and seconds; None if it has none, or counts rows."""
    step = resource._pipe.get_by_type(LimitItem)
    if step is None or step.count_rows:
        return None
    return Limit(step.max_items if step.max_items >= 0 else None, step.max_time)


@contextmanager
def passing_limit(resource: DltResource) -> Iterator[None]:
    """Let dlt's own step for ``add_limit`` pass every item: requests are limited, and items follow from them."""
    step = resource._pipe.get_by_type(LimitItem)
    if step is None or step.count_rows:
        yield
        return
    items, seconds = step.max_items, step.max_time
    step.max_items, step.max_time = -1, None
    try:
        yield
    finally:
        step.max_items, step.max_time = items, seconds


def refuse_incremental(resource: DltResource) -> None:
    """Refuse ``dlt.sources.incremental`` on a resource.

    Raises:
        FixSettings: the resource has one.
    """
    step = resource.incremental
    if step is not None and getattr(step, "incremental", step) is not None:
        raise FixSettings(
            "dlt.sources.incremental is not supported: the engine keeps the cursor, checks the filter and searches "
            "for deletes",
            do="Remove it; use start_date for a first day, or since and until of the source for a backfill.",
            where=resource.name,
        )
