"""A Shiftboard site whose requests are recorded."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.spec.incremental import ServerTime
from fieldhouse.sources.engine.spec.reads import Record
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.sources.sandbox.shiftboard.api import ShiftboardSandbox
from fieldhouse.sources.shiftboard import VENDOR
from fieldhouse.sources.shiftboard.tables import TABLES
from tests.support.reader_harness import NOW, ReadResult, read
from tests.support.sync_harness import ADDRESS, SandboxTransport


class Site:
    """A sandbox with the calls that came to it, each as (method, params)."""

    def __init__(self, size: float = 0.1) -> None:
        self.box = ShiftboardSandbox(size=size, edge_cases=True)
        self.box.clock.advance(seconds=(NOW - self.box.clock.now()).total_seconds())
        self.box.faults.append(self._listen)
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def _listen(self, call: Call, honest: Answer) -> None:
        body = json.loads(call.body)
        self.calls += [
            (item["method"], item["params"]) for item in (body if isinstance(body, list) else [body])
        ]

    def read(self, *names: str, cursor: datetime | None = None, **options: Any) -> ReadResult:
        """Read tables into an empty memory, as if they had been read whole up to ``cursor``."""
        swept = datetime.now(UTC) - timedelta(minutes=1)  # a time in the future would count as unknown
        state = {"cursor": cursor.isoformat(), "swept_at": swept.isoformat()} if cursor else {}
        states = dict.fromkeys(names, state) if cursor else {}
        return read(
            VENDOR,
            self.box.settings(ADDRESS),
            *names,
            wire=SandboxTransport(self.box),
            states=states,
            options=Options(**options),
        )

    def asked(self, method: str) -> list[dict[str, Any]]:
        return [params for called, params in self.calls if called == method]

    def selected(self, method: str) -> list[dict[str, Any]]:
        return [params.get("select", {}) for params in self.asked(method)]

    def truth(self) -> dict[str, list[Record]]:
        """The sandbox's truth as ``shape`` gives it, without zones, as the reading has none."""
        types = {row["id"]: row["profile_type"] for row in self.box.truth()["accounts"]}
        shaped: dict[str, list[Record]] = {}
        for table in TABLES:
            records = self.box.truth()[table.name]
            if table.name == "profile_data":
                records = [{**row, "_profile_type": types[row["account"]]} for row in records]
            shape = table.reshape
            shaped[table.name] = [
                made for row in records for made in (shape(row, ServerTime(NOW)) if shape else [row])
            ]
        return shaped


def ids(reading: ReadResult, table: str) -> set[str]:
    return {row["id"] for row in reading.rows.get(table, [])}
