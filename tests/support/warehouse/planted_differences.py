"""Differences planted in a warehouse by hand, which ``verify`` must find."""

from __future__ import annotations

import random
from datetime import datetime

from fieldhouse.pipelines.inspect.later_changes import change_times
from tests.support.sync_harness import SyncHarness


def plant(
    at: SyncHarness, total: int = 50, *, share: float = 1 / 3, since: datetime | None = None
) -> dict[str, dict[str, int]]:
    """Alter and delete rows in the warehouse that nobody edited at the vendor; the counts by table and kind.

    Args:
        share: of the rows of a table, at most.
        since: leave rows alone that the vendor changed from then on: the next sync reads them in any case.
    """
    changed = {(row.table.partition("__")[0], str(row.key[0])) for row in at.differences() if row.key}
    dice, left = random.Random(7), total
    planted: dict[str, dict[str, int]] = {}
    schema = at.account.schema
    with at.warehouse.session() as session:
        catalogue = session.catalogue(schema)
        for table in at.account.tables():
            key, ref = table.key[0], f"{schema}.{table.name}"
            columns = catalogue.get(table.name, {})
            texts = [
                name for name, kind in columns.items() if kind == "text" and name[0] != "_" and name != key
            ]
            if (
                len(table.key) > 1
                or not texts
                or table.strategy in ("derived", "window")
                or table.deletes == "never"
            ):
                continue
            times = [name for name in change_times(table) if since and columns.get(name) == "timestamp"]
            old = "".join(f" AND ({name} IS NULL OR {name} < '{since}')" for name in times)
            rows = session.fetch(f"SELECT {key} FROM {ref} WHERE _deleted_at IS NULL{old} ORDER BY 1")
            keys = [row_key for (row_key,) in rows if (table.name, str(row_key)) not in changed]
            chosen = dice.sample(keys, min(int(len(keys) * share), left))
            for number, row_key in enumerate(chosen):
                change = (
                    f"UPDATE {ref} SET {texts[0]} = 'altered by hand'" if number % 2 else f"DELETE FROM {ref}"
                )
                session.db.execute(f"{change} WHERE {key} = '{row_key}'")
            left -= len(chosen)
            counts = {"missing": (len(chosen) + 1) // 2, "stale": len(chosen) // 2}
            if chosen:
                planted[table.name] = {kind: count for kind, count in counts.items() if count}
    assert left < total
    return planted
