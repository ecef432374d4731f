"""Options: what a command asks for, and the account's settings that decide how tables are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fieldhouse.sources.engine.spec.row_selection import Where


@dataclass(frozen=True, kw_only=True)
class Options:
    """How the tables of one account are read.

    Attributes:
        full: read and compare all rows, regardless of the cursor.
        sweep: look for deletes, whatever the time of the last full scan.
        since, until: the dates of a backfill (UTC, inclusive); the cursor stays where it is.
        where: per table, the fields that rows must have and their values.
        only_keys: per table, the keys of the only rows to be read.
        discards: tables that take no new columns.
        widens_ids: ids that are declared as integers become text where the vendor sends others.
        drop, mask: ``table.column`` rules; a masked value is hashed with ``salt``.
        rule_changes: how often these rules have changed: after each change, all rows are read again.
    """

    full: bool = False
    sweep: bool = False
    since: datetime | None = None
    until: datetime | None = None
    start_date: datetime | None = None
    sweep_every: timedelta = timedelta(hours=24)
    detail_max_age: timedelta = timedelta(days=7)
    deletes: str = "soft"
    max_delete_share: float = 0.2
    max_quarantine_share: float = 0.5
    discards: frozenset[str] = frozenset()
    widens_ids: bool = True
    drop: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()
    salt: bytes = b""
    rule_changes: int = 0
    where: Mapping[str, Where] = field(default_factory=dict)
    only_keys: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)

    @property
    def backfill(self) -> bool:
        return self.since is not None or self.until is not None
