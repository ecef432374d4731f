"""Every version of a row: a table `tickets_history` beside `tickets`, where the settings ask for it.

A version is open (`_valid_to` is null) until another one, or the row's deletion, ends it. Versions are compared by
what their columns and children hold, not by their hash: a column that is new in a run, or is hidden by a setting,
opens no version; it is filled into the open one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from fieldhouse.warehouse.drivers.identifiers import shorten
from fieldhouse.warehouse.drivers.protocol import Database
from fieldhouse.warehouse.drivers.sql import literal, names, quote

from .cast import cast
from .evolve import comment
from .table_tree import parent_key

SUFFIX = "_history"
VALIDITY = {
    "_valid_from": "when this version was first read",
    "_valid_to": "when the next version was read, or the row was found to be gone; null while it is current",
}
_NOT_KEPT = frozenset({"_deleted_at"})
_NOT_COMPARED = frozenset({"_synced_at", "_dlt_load_id", "_row_hash", "_list_hash"})


def history_of(table: str) -> str:
    """The history's name of a table or child table: `tickets_history__comments` for `tickets__comments`."""
    root, mark, rest = table.partition("__")
    return shorten(f"{root}{SUFFIX}{mark}{rest}")


@dataclass(frozen=True)
class HistoryTable:
    """A table or child table, its history, and the columns of both that hold the root row's key."""

    base: str
    history: str
    link: tuple[str, ...]
    columns: tuple[str, ...]
    old: tuple[str, ...]


def record(
    db: Database,
    schema: str,
    table: str,
    key: tuple[str, ...],
    *,
    at: datetime,
    run_id: str,
    met: Sequence[str] = (),
    comments: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> None:
    """Brings a table's history up to what the table holds now; run it inside the transaction that changed it.

    Args:
        at: when rows that are gone were found to be gone.
        run_id: columns that this run added open no version.
        met: temporary tables with the keys of the rows that may have changed; all rows may where there is none.
        comments: table -> column -> what it means, for histories that are made; the table's own under an empty column.
    """
    histories = list(_history_tables(db, schema, table, key, run_id, comments))
    root = next(history for history in histories if history.link == key)
    changed = db.temporary("fieldhouse_changed", _changed(root, key, met))
    moves = db.temporary(
        "fieldhouse_moves", _new_versions(root, key, changed, _differing(histories, key, changed))
    )
    for history in histories:
        link = _same("h", history.link, key)
        db.execute(
            f"DELETE FROM {history.history} AS h USING {moves} AS k WHERE {link} AND h._valid_to IS NULL AND k.refilled"
        )
        db.execute(
            f"UPDATE {history.history} AS h SET _valid_to = coalesce(k.until, {literal(at)}) FROM {moves} AS k"
            f" WHERE {link} AND h._valid_to IS NULL"
        )
        db.execute(
            f"INSERT INTO {history.history} ({names((*history.columns, '_valid_from'))})"
            f" SELECT {names(history.columns, 't')}, k.since FROM {history.base} AS t JOIN {moves} AS k"
            f" ON {_same('t', history.link, key)} WHERE k.since IS NOT NULL"
        )


def _history_tables(
    db: Database,
    schema: str,
    table: str,
    key: tuple[str, ...],
    run_id: str,
    comments: Mapping[str, Mapping[str, str]],
) -> Iterator[HistoryTable]:
    """The table and its children with their histories, which are made, or given the columns that they lack."""
    stored = db.catalogue(schema)
    fresh = set(
        db.fetch(
            f"SELECT table_name, column_name FROM {quote(schema)}._schema_changes"
            f" WHERE run_id = {literal(run_id)} AND (action IN ('created', 'added') OR action LIKE 'variant%')"
        )
    )
    for name, columns in stored.items():
        child = name.startswith(f"{table}__") and "_list_index" in columns
        link = key if name == table else parent_key(name, key, columns) if child else ()
        if not link:
            continue
        own = {column: kind for column, kind in columns.items() if column not in _NOT_KEPT}
        history = f"{quote(schema)}.{quote(history_of(name))}"
        _create_or_alter(db, schema, history_of(name), own, stored.get(history_of(name)), link)
        if history_of(name) not in stored:
            known = comments.get(name, {})
            meanings = {column: text for column, text in known.items() if column in own}
            about = f"versions of {name}: {known['']}" if known.get("") else f"versions of {name}"
            comment(db, history, {**meanings, **VALIDITY}, about)
        compared = [c for c in own if c not in _NOT_COMPARED and (name, c) not in fresh]
        is_fresh = child and (name, "") in fresh
        yield HistoryTable(
            f"{quote(schema)}.{quote(name)}", history, link, tuple(own), () if is_fresh else tuple(compared)
        )


def _create_or_alter(
    db: Database,
    schema: str,
    table: str,
    columns: Mapping[str, str],
    stored: Mapping[str, str] | None,
    link: Sequence[str],
) -> None:
    """Makes a history, or adds and widens columns as they were in its table."""
    kinds, history = db.dialect.types, f"{quote(schema)}.{quote(table)}"
    if stored is None:
        wanted = {**columns, **dict.fromkeys(VALIDITY, "timestamp")}
        listed = ", ".join(f"{quote(name)} {kinds[kind]}" for name, kind in wanted.items())
        db.execute(f"CREATE TABLE {history} ({listed})")
        index = db.dialect.index(history, link)
        if index:
            db.execute(index)
        return
    for name in VALIDITY:
        if name not in stored:  # a rule for columns once removed them: these versions end where they began
            db.execute(f"ALTER TABLE {history} ADD COLUMN {quote(name)} {kinds['timestamp']}")
            db.execute(f"UPDATE {history} SET {quote(name)} = _synced_at")
    for name, kind in columns.items():
        if name not in stored:
            db.execute(f"ALTER TABLE {history} ADD COLUMN {quote(name)} {kinds[kind]}")
        elif stored[name] != kind:
            value = cast(db.dialect, quote(name), stored[name], kind).value
            db.change_types(schema, table, {name: (kinds[kind], value)})


def _changed(root: HistoryTable, key: Sequence[str], met: Sequence[str]) -> str:
    """Of the rows that were met those whose open version is not the row as it is, by hash and deletion mark."""
    changed_keys = " UNION ".join(f"SELECT {names(key)} FROM {ref}" for ref in met)

    def rows(alias: str, ref: str, moment: str, live: str) -> str:
        limited = f" JOIN ({changed_keys}) AS k ON {_same(alias, key, key)}" if met else ""
        columns = f"{names(key, alias)}, {alias}.{moment} AS moment, {alias}._row_hash AS hash"
        return f"(SELECT {columns} FROM {ref} AS {alias}{limited} WHERE {alias}.{live} IS NULL) AS {alias}"

    keys = ", ".join(f"coalesce(t.{quote(name)}, h.{quote(name)}) AS {quote(name)}" for name in key)
    joined = " AND ".join(f"t.{quote(name)} = h.{quote(name)}" for name in key)
    return (
        f"SELECT {keys}, t.moment AS since, h.moment AS until FROM {rows('t', root.base, '_synced_at', '_deleted_at')}"
        f" FULL JOIN {rows('h', root.history, '_valid_from', '_valid_to')} ON {joined}"
        " WHERE t.moment IS NULL OR h.moment IS NULL OR t.hash IS DISTINCT FROM h.hash"
    )


def _differing(tables: Sequence[HistoryTable], key: Sequence[str], changed: str) -> str:
    """The keys of changed rows of which a column or child that is not new holds something else than before."""
    parts = []
    for table in tables:
        if not table.old:
            continue
        now = _compared(table, "t", table.base, "t._deleted_at IS NULL", key, changed)
        before = _compared(table, "h", table.history, "h._valid_to IS NULL", key, changed)
        linked = ", ".join(f"{quote(c)} AS {quote(name)}" for c, name in zip(table.link, key, strict=True))
        parts += [
            f"SELECT {linked} FROM ({left} EXCEPT ALL {right}) AS d"
            for left, right in ((now, before), (before, now))
        ]
    return " UNION ".join(parts)


def _compared(table: HistoryTable, alias: str, ref: str, live: str, key: Sequence[str], changed: str) -> str:
    columns = names(table.old, alias)
    return f"SELECT {columns} FROM {ref} AS {alias} JOIN {changed} AS k ON {_same(alias, table.link, key)} WHERE {live}"


def _new_versions(root: HistoryTable, key: Sequence[str], changed: str, differing: str) -> str:
    """Per changed row: `since` when its new version begins, `until` when the open one ends, and `refilled`.

    A version that differs in nothing, or that was opened at this very moment, is filled again from its own beginning.
    """
    refilled = (
        "c.since IS NOT NULL AND c.until IS NOT NULL"
        f" AND (c.since <= c.until OR NOT EXISTS (SELECT 1 FROM ({differing}) AS k WHERE {_same('c', key, key)}))"
    )
    return (
        f"SELECT {names(key, 'm')}, CASE WHEN m.refilled THEN m.until ELSE m.since END AS since,"
        f" m.since AS until, m.refilled FROM (SELECT c.*, ({refilled}) AS refilled FROM {changed} AS c) AS m"
    )


def _same(alias: str, columns: Sequence[str], key: Sequence[str]) -> str:
    """The rows of an alias that belong to the keys of `k`."""
    pairs = zip(columns, key, strict=True)
    return " AND ".join(f"{alias}.{quote(column)} = k.{quote(name)}" for column, name in pairs)
