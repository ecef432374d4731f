"""Changes of a generated world's raw tables as later syncs make them: edits, deletions of both kinds, restored rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from fieldhouse.warehouse.session import Session

from .raw_tables import literal, quoted

_FIRST_SYNC = datetime(2026, 11, 1, tzinfo=UTC)
_STAYS = ("id", "_parent_id", "_list_index", "_valid_from", "_valid_to", "_row_hash", "_deleted_at")
_ID_IS_NO_KEY = ("__team_members", "__employees", "__cis")


def note_syncs(session: Session, accounts: list[str]) -> None:
    """Give every row the time at which it was synced first."""
    for account in accounts:
        for table in session.catalogue(account):
            if not table.startswith("_"):
                place = f"{account}.{quoted(table)}"
                session.db.execute(f"ALTER TABLE {place} ADD COLUMN _synced_at timestamptz")
                session.db.execute(f"UPDATE {place} SET _synced_at = {literal(_FIRST_SYNC)}")


def sync_again(session: Session, accounts: list[str], number: int, share: float) -> int:
    """Change this share of all rows; how many changed. An edited row gets values of another row of its table."""
    dice, moment = Random(number), _FIRST_SYNC + timedelta(hours=number)
    changed = 0
    for account in accounts:
        for table, columns in session.catalogue(account).items():
            if table.startswith("_"):
                continue
            names = list(columns)
            select = f"SELECT {', '.join(map(quoted, names))} FROM {account}.{quoted(table)}"
            rows = [dict(zip(names, row, strict=True)) for row in session.fetch(select)]
            later = []
            for row in rows:
                new = _later(row, rows, table, dice, moment) if dice.random() < share else row
                changed += new is not row
                later += [new] if new else []
            _write(session, f"{account}.{quoted(table)}", names, later)
    return changed


def _later(
    row: dict[str, Any], rows: list[dict[str, Any]], table: str, dice: Random, moment: datetime
) -> dict[str, Any] | None:
    kind = dice.choice(("edit", "edit", "edit", "mark", "remove"))
    if row.get("_deleted_at"):
        return {**row, "_deleted_at": None, "_synced_at": moment}
    if kind == "remove":
        return None
    if kind == "mark" and "_deleted_at" in row:
        return {**row, "_deleted_at": moment}
    stays = [name for name in _STAYS if name != "id" or not table.endswith(_ID_IS_NO_KEY)]
    other = dice.choice(rows)
    return {name: value if name in stays else other[name] for name, value in row.items()} | {
        "_synced_at": moment
    }


def _write(session: Session, place: str, names: list[str], rows: list[dict[str, Any]]) -> None:
    session.db.execute(f"DELETE FROM {place}")
    if rows:
        values = ", ".join(f"({', '.join(literal(row[name]) for name in names)})" for row in rows)
        session.db.execute(f"INSERT INTO {place} ({', '.join(map(quoted, names))}) VALUES {values}")
