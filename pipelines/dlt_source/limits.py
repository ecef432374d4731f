"""Hints and steps of resources that have another meaning here, or none: ``add_limit``, ``dlt.sources.incremental``."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
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
    """How much of a table is read: requests for its list, rows, and seconds. None is no limit."""

    requests: int | None = None
    seconds: float | None = None
    rows: int | None = None


class LimitedClient:
    """A client that sends requests up to a limit; then each further one raises `LimitReached`.

    Args:
        rows_read: how many rows of the table have been read.
    """

    def __init__(self, client: Client, limit: Limit, rows_read: Callable[[], int]) -> None:
        self._client, self._limit, self._rows_read = client, limit, rows_read
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
            if limit.rows is not None and self._rows_read() >= limit.rows:
                raise LimitReached(f"the limit of {limit.rows} rows is reached")
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
    """The limit of a resource; None if it has none. Rows of an answer stay together, with their child rows."""
    step = resource._pipe.get_by_type(LimitItem)
    if step is None:
        return None
    items = step.max_items if step.max_items >= 0 else None
    return Limit(None, step.max_time, items) if step.count_rows else Limit(items, step.max_time)


@contextmanager
def passing_limit(resource: DltResource) -> Iterator[None]:
    """Let dlt's own step for ``add_limit`` pass every item: what is read is limited, and items follow from it."""
    step = resource._pipe.get_by_type(LimitItem)
    if step is None:
        yield
        return
    items, seconds = step.max_items, step.max_time
    step.max_items, step.max_time = -1, None
    try:
        yield
    finally:
        step.max_items, step.max_time = items, seconds


def refuse_name(resource: DltResource, table: str) -> None:
    """Refuse a resource that is not called like its table: its state would not be found.

    Raises:
        FixSettings: it has another name.
    """
    if resource.name != table:
        raise FixSettings(
            f"the resource of this table is called {resource.name}; its state would not be found",
            do=f"Use apply_hints(table_name={resource.name!r}) to load into a table of that name.",
            where=table,
        )


def refuse_strategy(resource: DltResource) -> None:
    """Refuse a merge strategy that a load of the changed rows makes wrong without a word.

    Raises:
        FixSettings: the resource has one.
    """
    strategy = resource.compute_table_schema().get("x-merge-strategy")
    if strategy in ("scd2", "insert-only"):
        effect = "it would retire all others" if strategy == "scd2" else "it would ignore them"
        raise FixSettings(
            f"the merge strategy {strategy} is not supported: a run loads the rows that changed, and {effect}",
            do="Use delete-insert or upsert; write_disposition='append' keeps every version of a row.",
            where=resource.name,
        )


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
