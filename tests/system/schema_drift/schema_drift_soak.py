"""Schema drift soak: a year in which a vendor changes its fields every week.

    python -m tests.system.schema_drift.schema_drift_soak [--weeks N] [--vendor V] …

Each week a field of some table is new, or has another type than before, or is gone, and rows change, come and go; then
there is a sync, which must end with 0. Every fourth week, and at the end, the whole warehouse must be the vendor's
truth. Fields come without a new time of change, as vendors add them, so that week's sync reads everything.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fieldhouse.sources.sandbox import SANDBOXES
from tests.support.postgres.postgres_server import running_postgres
from tests.support.sync_harness import SyncHarness, duckdb_url, open_harness
from tests.support.vendors.oracle import describe, inventory
from tests.support.vendors.vendor_suite import FACTS

WEEKS = 52
READ_WHOLE_EVERY = 4
KINDS: dict[str, Any] = {
    "int": lambda week: week,
    "big int": lambda week: 2**70 + week,
    "float": lambda week: week + 0.5,
    "text": lambda week: f"week {week}",
    "long text": lambda week: "é'\";--" * 200 + str(week),
    "bool": lambda week: week % 2 == 0,
    "time": lambda week: f"2026-01-{week % 28 + 1:02}T00:00:00Z",
    "object": lambda week: {"inner": week, "deep": {"er": [week, "x"], "flag": True}},
    "list": lambda week: [week, "second", None],
    "objects": lambda week: [{"id": week, "tags": ["a", "b"]}, {"id": week + 1, "note": "n"}],
    "null": lambda week: None,
}
PLAIN = ("int", "big int", "float", "text", "bool", "time")
"""What ServiceSidekick's XML can hold in a field that a test adds."""
STYLES = ("weeklyField{}", "Weekly-Note-{}", "24 hours {}", "select_{}", "WEEKLY{}")
XML_STYLES = ("weekly-field-{}", "select-{}")


@dataclass
class Year:
    """One vendor's year. ``said`` tells what changed, a line a week."""

    made: SyncHarness
    seed: int
    tables: Sequence[str]
    fields: dict[tuple[str, str], str] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(f"{self.made.sandbox.name}:{self.seed}")
        self.wire = self.made.sandbox.name == "servicesidekick"

    def run(self, weeks: int) -> None:
        """Raises AssertionError for a sync that does not end with 0, and for a warehouse that is not the truth."""
        box: Any = self.made.sandbox
        self._sync(0, whole=True)
        for week in range(1, weeks + 1):
            box.clock.advance(hours=1)  # the sandboxes' data stand still in their own time
            box.edit(4)
            self.messages.append(f"week {week}: {self._drift(week)}")
            self._sync(week, whole=week % READ_WHOLE_EVERY == 0 or week == weeks)

    def _drift(self, week: int) -> str:
        """One change of shape: a new field, another type of an old one, or an old one gone."""
        kinds = PLAIN if self.wire else tuple(KINDS)
        if self.fields and self.random.random() < 0.6:
            table, name = self.random.choice(sorted(self.fields))
            kinds = tuple(kind for kind in kinds if kind != self.fields[table, name])
        else:
            styles = XML_STYLES if self.wire else STYLES
            table, name = self.random.choice(list(self.tables)), self.random.choice(styles).format(week)
        kind = self.random.choice(kinds)
        before = self.fields.get((table, name), "nothing")
        self.fields[table, name] = kind
        self.made.sandbox.add_field(table, name, KINDS[kind](week))  # type: ignore[attr-defined]
        return f"{table}.{name}: {before} -> {kind}"

    def _sync(self, week: int, *, whole: bool) -> None:
        report = self.made.sync(*self.tables, sweep=whole, full=whole)
        messages = [f"{item.table}: {item.error}" for item in report.outcomes if item.error]
        assert report.exit_code == 0, [*self.messages[-3:], *messages, report.error]
        if whole:
            # tables that the chosen ones need come along, so all that were read are compared
            read = [outcome.table for outcome in report.outcomes]
            actual = self.made.differences(*read)
            assert not actual, "\n".join([f"after week {week}", *self.messages[-8:], describe(actual)])


def live(
    vendor: str, url: str, folder: Path, *, weeks: int, seed: int = 1, tables: Sequence[str] = ()
) -> Year:
    """Live through ``weeks`` of a vendor's drift with the warehouse at ``url``."""
    facts = FACTS[vendor]
    box = SANDBOXES[vendor](seed=seed, size=facts.size / 2, edge_cases=True)
    with open_harness(box, url, folder, max_delete_share="0.9") as made:
        year = Year(made, seed, tables or facts.few)
        year.run(weeks)
    return year


def main(arguments: Sequence[str]) -> int:
    """Every vendor's whole year; the exit code is 1 where one of them failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--weeks", type=int, default=WEEKS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--vendor", choices=SANDBOXES, action="append")
    parser.add_argument("--postgres", action="store_true", help="into Postgres instead of DuckDB")
    parser.add_argument("--all", action="store_true", help="every table, not some of each vendor")
    given = parser.parse_args(arguments)
    failed = 0
    with ExitStack() as stack:
        server = stack.enter_context(running_postgres()) if given.postgres else ""
        for vendor in given.vendor or SANDBOXES:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            tables = list(inventory(vendor)) if given.all else ()
            started = time.monotonic()
            try:
                year = live(vendor, server or duckdb_url(folder), folder, weeks=given.weeks, seed=given.seed,
                            tables=tables)  # fmt: skip
            except AssertionError as error:
                failed += 1
                print(f"FAILED {vendor}, seed {given.seed}\n{error}", flush=True)
                continue
            fields = len(year.fields)
            took = time.monotonic() - started
            print(
                f"{vendor}: {given.weeks} weeks, {fields} fields, every sync 0, equal ({took:.0f} s)",
                flush=True,
            )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
