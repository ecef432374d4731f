"""What child and derived tables of the same run need to know of a table's rows."""

from __future__ import annotations

from collections.abc import Sequence

from fieldhouse.sources.engine.normalize.normalizer import Normalizer
from fieldhouse.sources.engine.spec.table import Record, Table

from .run import Run


class ParentKeys:
    """Keeps of one table's rows what the run's other tables are read by."""

    def __init__(self, run: Run, table: Table, shaper: Normalizer) -> None:
        self.run, self.table, self.shaper = run, table, shaper

    def is_flagged(self, record: Record) -> bool:
        """The vendor itself says that the row is deleted."""
        return bool(self.table.flag and record.get(self.table.flag))

    def remember(self, fresh: Sequence[tuple[Record, int, int]]) -> None:
        """Keep what child and derived tables of this run need to know of these rows."""
        run, table = self.run, self.table
        if run.is_parent(table.name):
            columns = {
                other.per_parent.where[0]
                for other in run.vendor.tables
                if other.per_parent and other.per_parent.parent == table.name and other.per_parent.where
            }
            roster = run.parent_records.setdefault(table.name, {})
            keys = self.shaper.keys([record for record, _, _ in fresh]).column(0).to_pylist()
            for key, (record, _, _) in zip(keys, fresh, strict=True):
                gone = self.is_flagged(record)
                matches = {column: record.get(column) for column in columns}
                roster[key] = {"gone": gone, "flagged": gone, "matches": matches}
        for name, field in run.tables_embedded_in(table.name):
            finds = run.embedded_records.setdefault(name, {})
            for record, _, _ in fresh:
                inner = record.get(field)
                for item in inner if isinstance(inner, list) else [inner]:
                    if isinstance(item, dict) and isinstance(item.get("id"), int | str):
                        finds[item["id"]] = item
