"""Table state: what the next read of a table starts from, typed and versioned.

The warehouse stores it as JSON. Version 1 had no version number; the names of its keys are read here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fieldhouse.sources.engine.errors import FixSettings

from .cursor_time import instant, stamp

VERSION = 2
NOT_OFFERED = "not offered"
"""The status of a table that the account does not have."""
Days = tuple[datetime, datetime]


@dataclass(frozen=True, kw_only=True)
class FilterProof:
    """What the last check of the incremental filter showed."""

    is_honoured: bool
    checked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ScanCost:
    """What the last full scan took: requests, rows, pages with rows per read, rows whose detail may change unseen, and
    whether the vendor stated totals."""

    requests: int
    rows: int = 0
    pages: tuple[int, ...] = ()
    unsettled: int = 0
    has_totals: bool = False


@dataclass(frozen=True, kw_only=True)
class ReadCost:
    """Requests that the last reads took: a full scan, a read of changes, and the details of the last run."""

    scan: ScanCost | None = None
    changes: int | None = None
    details: int = 0


@dataclass(frozen=True, kw_only=True)
class TableState:
    """What the next read of a table starts from.

    Attributes:
        cursor: the newest time of change that was loaded.
        server_time, local_time: what the vendor's clock and ours showed when changes were last requested.
        read_seconds: how long that read took.
        last_full_scan: when deletes were last looked for.
        initial_load_from: start of the first read that was stopped after its checkpoint.
        filter_proof: the last check of the filter; None if there was none.
        order_rejected: the vendor refused the requested order.
        refused_params: optional parameters that the vendor refused, each as path, blank, name.
        twice_read: times of earlier cursors in the overlap whose rows' details were read twice.
        details_pending: some rows are stored without their detail, which is asked for again.
        has_discarded: rows were stored without columns that schema_drift = discard kept out.
        window_start: the first day that windows cover.
        hidden_keys: the keys, as numbers, of rows that the list leaves out and their own address shows.
        backfilled: earlier days (first and last, inclusive) that backfills have read.
        last_sync: start of the last read that was completed.
        schema_hash: hash of the column rules under which rows were stored.
        where: the row filters under which rows were stored, in words; empty without any.
        not_offered_at: when the vendor last showed that the account does not have the table; None if it has.
    """

    cursor: datetime | None = None
    server_time: datetime | None = None
    local_time: datetime | None = None
    read_seconds: int = 0
    last_full_scan: datetime | None = None
    initial_load_from: datetime | None = None
    filter_proof: FilterProof | None = None
    order_rejected: bool = False
    refused_params: tuple[str, ...] = ()
    twice_read: tuple[datetime, ...] = ()
    details_pending: bool = False
    has_discarded: bool = False
    window_start: datetime | None = None
    hidden_keys: tuple[int, ...] = ()
    backfilled: tuple[Days, ...] = ()
    last_sync: datetime | None = None
    schema_hash: str | None = None
    where: str = ""
    cost: ReadCost | None = None
    not_offered_at: datetime | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> TableState:
        """The state that the warehouse stores, of this version or of version 1.

        Raises:
            FixSettings: a newer fieldhouse has stored it.
        """
        version = stored.get("version", 1)
        if version == 1:
            return _from_version_1(stored)
        if version != VERSION:
            raise FixSettings(
                f"the stored state has version {version}; expected at most {VERSION}",
                do="Use the version of fieldhouse that synced last, or a newer one.",
            )
        proof, cost = stored.get("filter"), stored.get("cost")
        return cls(
            cursor=instant(stored.get("cursor")),
            server_time=instant(stored.get("server_time")),
            local_time=instant(stored.get("local_time")),
            read_seconds=stored.get("read_seconds", 0),
            last_full_scan=instant(stored.get("last_full_scan")),
            initial_load_from=instant(stored.get("initial_load_from")),
            filter_proof=proof
            and FilterProof(is_honoured=proof["honoured"], checked_at=instant(proof.get("checked_at"))),
            order_rejected=stored.get("order_rejected", False),
            refused_params=tuple(stored.get("refused_params", ())),
            twice_read=tuple(moment for text in stored.get("twice_read", ()) if (moment := instant(text))),
            details_pending=stored.get("details_pending", False),
            has_discarded=stored.get("has_discarded", False),
            window_start=instant(stored.get("window_start")),
            hidden_keys=tuple(stored.get("hidden_keys", ())),
            backfilled=_days(stored.get("backfilled", ())),
            last_sync=instant(stored.get("last_sync")),
            schema_hash=stored.get("schema_hash"),
            where=stored.get("where", ""),
            cost=cost and _cost(cost),
            not_offered_at=instant(stored.get("not_offered_at")),
        )

    def to_json(self) -> dict[str, Any]:
        """The state as the warehouse stores it; what is not known is left out."""
        times = {
            "cursor": self.cursor,
            "server_time": self.server_time,
            "local_time": self.local_time,
            "last_full_scan": self.last_full_scan,
            "initial_load_from": self.initial_load_from,
            "window_start": self.window_start,
            "last_sync": self.last_sync,
            "not_offered_at": self.not_offered_at,
        }
        proof, days = self.filter_proof, self.backfilled
        stored: dict[str, Any] = {
            "version": VERSION,
            **{name: stamp(moment) for name, moment in times.items() if moment},
            "read_seconds": self.read_seconds,
            "filter": proof
            and {
                "honoured": proof.is_honoured,
                "checked_at": proof.checked_at and stamp(proof.checked_at),
            },
            "order_rejected": self.order_rejected,
            "refused_params": list(self.refused_params),
            "twice_read": [stamp(moment) for moment in self.twice_read],
            "details_pending": self.details_pending,
            "has_discarded": self.has_discarded,
            "hidden_keys": list(self.hidden_keys),
            "backfilled": [[f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"] for first, last in days],
            "schema_hash": self.schema_hash,
            "where": self.where,
            "cost": self.cost and _cost_json(self.cost),
        }
        return {name: value for name, value in stored.items() if value not in (None, False, 0, [], "")}

    def with_where(self, where: str) -> TableState:
        """The state for a read with these row filters: if they are others than before, the whole list is read.

        The cursor stays, as changes are requested without row filters.
        """
        if where == self.where:
            return self
        return replace(
            self,
            where=where,
            last_full_scan=None,
            initial_load_from=None,
            hidden_keys=(),
            cost=None,
        )

    def coverage(self) -> TableState:
        """Only the days that windows and backfills cover: without them, rows of other days would look deleted."""
        return TableState(window_start=self.window_start, backfilled=self.backfilled)

    def after(
        self,
        *,
        started_at: datetime,
        schema_hash: str,
        cost: ReadCost,
        is_full_scan: bool,
        filter_honoured: bool | None,
        order_rejected: bool,
        refused_params: tuple[str, ...] = (),
        twice_read: Collection[datetime] = (),
        details_pending: bool,
        has_discarded: bool,
        hidden_keys: Sequence[int] = (),
        window_start: datetime | None,
    ) -> TableState:
        """The state after a completed read, its cursor apart.

        Args:
            is_full_scan: deletes were looked for.
            filter_honoured: None if the filter was not checked.
        """
        proof = self.filter_proof
        if filter_honoured is not None:
            proof = FilterProof(is_honoured=filter_honoured, checked_at=started_at)
        return replace(
            self,
            last_full_scan=started_at if is_full_scan else self.last_full_scan,
            initial_load_from=None if is_full_scan else self.initial_load_from,
            filter_proof=proof,
            order_rejected=order_rejected,
            refused_params=refused_params,
            twice_read=tuple(sorted(twice_read)),
            details_pending=details_pending,
            has_discarded=has_discarded,
            hidden_keys=tuple(hidden_keys),
            window_start=window_start or self.window_start,
            last_sync=started_at,
            schema_hash=schema_hash,
            cost=cost,
            not_offered_at=None,
        )

    def with_cursor(
        self,
        cursor: datetime,
        *,
        server_time: datetime | None,
        local_time: datetime | None,
        read_seconds: int,
    ) -> TableState:
        """The state with a cursor, and the clocks of the read that moved it."""
        return replace(
            self, cursor=cursor, server_time=server_time, local_time=local_time, read_seconds=read_seconds
        )


def _days(pairs: Any) -> tuple[Days, ...]:
    days = [(instant(first), instant(last)) for first, last in pairs]
    return tuple((first, last) for first, last in days if first and last)


def _cost(stored: Mapping[str, Any]) -> ReadCost:
    scan = stored.get("scan")
    return ReadCost(
        scan=scan
        and ScanCost(
            requests=scan["requests"],
            rows=scan.get("rows", 0),
            pages=tuple(scan.get("pages", ())),
            unsettled=scan.get("unsettled", 0),
            has_totals=scan.get("has_totals", False),
        ),
        changes=stored.get("changes"),
        details=stored.get("details", 0),
    )


def _cost_json(cost: ReadCost) -> dict[str, Any]:
    scan = cost.scan
    stored: dict[str, Any] = {"details": cost.details}
    if cost.changes is not None:
        stored["changes"] = cost.changes
    if scan is not None:
        stored["scan"] = {
            "requests": scan.requests,
            "rows": scan.rows,
            "pages": list(scan.pages),
            "unsettled": scan.unsettled,
            "has_totals": scan.has_totals,
        }
    return stored


def _from_version_1(stored: Mapping[str, Any]) -> TableState:
    proof, cost = stored.get("proof"), stored.get("cost")
    return TableState(
        cursor=instant(stored.get("cursor")),
        server_time=instant(stored.get("asked_at")),
        local_time=instant(stored.get("asked_here")),
        read_seconds=stored.get("lag", 0),
        last_full_scan=instant(stored.get("swept_at")),
        initial_load_from=instant(stored.get("filling")),
        filter_proof=FilterProof(is_honoured=bool(proof.get("honoured")), checked_at=instant(proof.get("at")))
        if proof
        else None,
        order_rejected=bool(stored.get("unordered")),
        window_start=instant(stored.get("from")),
        backfilled=_days(stored.get("windows", ())),
        last_sync=instant(stored.get("synced_at")),
        schema_hash=stored.get("shape"),
        cost=_cost_of_version_1(cost) if cost else None,
    )


def _cost_of_version_1(stored: Mapping[str, Any]) -> ReadCost:
    scan = None
    if "scan" in stored:
        scan = ScanCost(
            requests=stored["scan"],
            rows=stored.get("rows", 0),
            pages=tuple(stored.get("pages", ())),
            unsettled=stored.get("unsettled", 0),
            has_totals=bool(stored.get("totals")),
        )
    return ReadCost(scan=scan, changes=stored.get("changes"), details=stored.get("details", 0))
