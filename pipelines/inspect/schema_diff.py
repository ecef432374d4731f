"""How the warehouse's tables differ from the declared rows, and what the last run changed in them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from fieldhouse.pipelines.config.account import Account
from fieldhouse.pipelines.sync.column_privacy import with_rules
from fieldhouse.pipelines.sync.table_load import declared_columns
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.normalize.frames import logical
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.sources.engine.spec.vendor import Vendor
from fieldhouse.warehouse.merge.evolve import is_ours, variant_name
from fieldhouse.warehouse.merge.history import history_of
from fieldhouse.warehouse.model import LOGICAL_TYPES, SchemaChange
from fieldhouse.warehouse.session import Session, quote

Catalogue = Mapping[str, Mapping[str, str]]
EXPECTED = ("never seen", "not synced")
"""Findings that are no drift: a documented field without a value so far, a table that no run has read."""


@dataclass(frozen=True)
class Change:
    """A row of ``_schema_changes``."""

    at: datetime
    change: SchemaChange


@dataclass(frozen=True)
class Finding:
    """One difference between a table and its declared row. ``column`` is empty where it is the whole table.

    Attributes:
        what: ``undeclared``, ``variant``, ``other type``, ``missing``, ``in _rest`` or ``discarded``; ``never seen``
            for a declared column without any value, ``not synced`` for a table that is not there.
        stored: the type in the warehouse.
        declared: the type that is declared.
        beside: the column whose values that do not fit stand here.
        original: the vendor's own name, where it was written down.
    """

    table: str
    column: str
    what: str
    stored: str = ""
    declared: str = ""
    beside: str = ""
    original: str = ""

    @property
    def drifted(self) -> bool:
        return self.what not in EXPECTED


@dataclass
class TableDiff:
    """A declared table with its child tables. ``whole`` reads each column that has variants as one."""

    table: str
    changes: list[Change] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    combined: dict[str, str] = field(default_factory=dict)

    @property
    def differs(self) -> bool:
        return bool(self.changes) or any(finding.drifted for finding in self.findings)


def expected(tables: Sequence[Table], account: Account | None) -> dict[str, dict[str, dict[str, str]]]:
    """Table -> it and its child tables -> declared columns and types, as the account's settings let them be."""
    options = with_rules(Options(), account) if account else Options()
    options = replace(options, salt=options.salt or b"any")
    return {
        table.name: {
            name: {column.name: logical(column) for column in columns.values()}
            for name, columns in declared_columns(table, options).items()
        }
        for table in tables
    }


def differences(
    session: Session,
    schema: str,
    vendor: Vendor,
    tables: Sequence[Table],
    account: Account | None = None,
    since: datetime | None = None,
) -> list[TableDiff]:
    """What differs, table by table, in the order of ``tables``.

    Args:
        account: whose settings leave out or hash columns; without it, nothing is.
        since: report all changes from then on, instead of those of each table's last run.
    """
    stored = session.catalogue(schema)
    declared_types = expected(tables, account)
    roots = {table.name for table in vendor.tables}
    logged = _logged(session, schema) if "_schema_changes" in stored else []
    last = _last_runs(session, schema) if "_syncs" in stored else {}
    diffs = []
    for table in tables:
        own = [row for row in logged if _root(row[1].table, roots) == table.name]
        diff = TableDiff(table.name)
        diff.changes = [
            Change(at, change)
            for at, change, run in own
            if (at >= since if since else run == last.get(table.name))
        ]
        known = [change for _, change, _ in own]
        names = [name for name in stored if _root(name, roots) == table.name]
        diff.findings = list(
            _findings(session, schema, table.name, stored, names, declared_types[table.name], known)
        )
        diff.combined = dict(_combined(diff.findings, stored))
        diffs.append(diff)
    return diffs


def strays(stored: Catalogue, vendor: Vendor) -> list[str]:
    """Tables of an account's schema that belong to no declared table, nor to its history."""
    roots = {table.name for table in vendor.tables}
    histories = {history_of(name) for name in stored if _root(name, roots)}
    return [
        name
        for name in stored
        if not name.startswith("_") and not _root(name, roots) and name not in histories
    ]


def _root(name: str, roots: Collection[str]) -> str:
    """The declared table that a table is, or is a child of; empty where there is none."""
    root = name.partition("__")[0]
    return root if root in roots else ""


def _findings(
    session: Session,
    schema: str,
    root: str,
    stored: Catalogue,
    names: Sequence[str],
    declared_types: Mapping[str, Mapping[str, str]],
    logged: Sequence[SchemaChange],
) -> Iterator[Finding]:
    if root not in stored:
        yield Finding(root, "", "not synced")
        return
    for name in dict.fromkeys((*declared_types, *names)):
        if name not in stored:
            yield Finding(name, "", "missing")
            continue
        if name not in declared_types:
            yield Finding(name, "", "undeclared")
        own = [change for change in logged if change.table == name]
        yield from _columns(name, stored[name], declared_types.get(name), own)
        yield from _never_seen(session, schema, name, stored[name], declared_types.get(name, {}))
        yield from _apart(name, stored[name], own)


def _columns(
    table: str,
    stored: Mapping[str, str],
    declared_types: Mapping[str, str] | None,
    logged: Sequence[SchemaChange],
) -> Iterator[Finding]:
    originals = {change.column: change.original for change in logged if change.original}
    variants = {change.column for change in logged if change.action.startswith("variant")}
    for name, kind in stored.items():
        if is_ours(name):
            continue
        beside = _beside(name, stored) if name in variants else ""
        if beside:
            yield Finding(table, name, "variant", kind, beside=beside, original=originals.get(name, ""))
        elif declared_types is not None and name not in declared_types:
            yield Finding(table, name, "undeclared", kind, original=originals.get(name, ""))
        elif declared_types is not None and declared_types[name] != kind:
            yield Finding(table, name, "other type", kind, declared_types[name])
    for name, kind in (declared_types or {}).items():
        if name not in stored and not is_ours(name):
            yield Finding(table, name, "missing", declared=kind)


def _beside(variant: str, columns: Collection[str]) -> str:
    """The column whose values a variant holds. A variant whose name was taken ends in one more ``_``."""
    for name in columns:
        if name != variant and variant.rstrip("_") in {variant_name(name, kind) for kind in LOGICAL_TYPES}:
            return name
    return ""


def _never_seen(
    session: Session, schema: str, table: str, stored: Mapping[str, str], declared_types: Mapping[str, str]
) -> Iterator[Finding]:
    """Declared columns without a value in any row; nothing of a table without rows."""
    names = [name for name in declared_types if name in stored and not is_ours(name)]
    if not names:
        return
    counts = ", ".join(f"count({quote(name)})" for name in names)
    ((rows, *filled),) = session.fetch(f"SELECT count(*), {counts} FROM {quote(schema)}.{quote(table)}")
    for name, count in zip(names, filled, strict=True):
        if rows and not count:
            yield Finding(table, name, "never seen", stored[name], declared_types[name])


def _apart(table: str, stored: Mapping[str, str], logged: Sequence[SchemaChange]) -> Iterator[Finding]:
    """What the vendor sends and has no column, as it was written down last."""
    last = {change.column: change for change in logged if change.action in ("in _rest", "discarded")}
    for name, change in last.items():
        if name not in stored:
            yield Finding(table, name, change.action, change.to_type, original=change.original)


def _combined(findings: Sequence[Finding], stored: Catalogue) -> Iterator[tuple[str, str]]:
    """``table.column`` and the expression that reads a column and its variants as one, as text."""
    beside: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        if finding.what == "variant":
            beside.setdefault((finding.table, finding.beside), []).append(finding.column)
    for (table, column), variants in beside.items():
        parts = [_text(name, stored[table][name]) for name in (column, *variants)]
        yield f"{table}.{column}", f"coalesce({', '.join(parts)})"


def _text(name: str, kind: str) -> str:
    return quote(name) if kind == "text" else f"CAST({quote(name)} AS text)"


def _logged(session: Session, schema: str) -> list[tuple[datetime, SchemaChange, str]]:
    rows = session.fetch(
        "SELECT changed_at, table_name, column_name, from_type, to_type, action, original, run_id"
        f" FROM {quote(schema)}._schema_changes ORDER BY changed_at, table_name, column_name"
    )
    return [
        (at, SchemaChange(table, column or "", before or "", after or "", action, original or ""), run)
        for at, table, column, before, after, action, original, run in rows
    ]


def _last_runs(session: Session, schema: str) -> dict[str, str]:
    """Per table, the id of the run that read it last."""
    rows = session.fetch(
        "SELECT table_name, run_id FROM (SELECT table_name, run_id, row_number() OVER"
        " (PARTITION BY table_name ORDER BY finished_at DESC) AS age"
        f" FROM {quote(schema)}._syncs) AS runs WHERE age = 1"
    )
    return dict(rows)
