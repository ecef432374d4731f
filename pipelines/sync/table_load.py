"""Table loads: convert a table's part of the engine's load batch into the warehouse's ``TableLoad``."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pyarrow as pa

from fieldhouse.pipelines.config.account import Account
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.outcome import Outcome, is_listed
from fieldhouse.sources.engine.load.spool import LoadBatch
from fieldhouse.sources.engine.normalize.frames import Column, logical
from fieldhouse.sources.engine.spec.row import Declaration, Row, declared
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.warehouse import model


def table_load(
    account: Account,
    options: Options,
    batch: LoadBatch,
    outcome: Outcome,
    *,
    load_id: str,
    run_id: str,
    state: dict[str, Any] | None,
    finished: bool,
) -> model.TableLoad:
    """One table of a load batch as the warehouse takes it.

    Args:
        state: what the table's next sync starts from; None leaves the stored state as it is.
        finished: True if the table was read to its end, so that its deletes are applied too.
    """
    table, listed = account.vendor.table(outcome.table), outcome.listed_columns
    columns = batch.columns.get(table.name) or declared_columns(table, options)
    described = declared_descriptions(table.name, table.row)
    settings = account.settings
    drift = settings.drift(table.name)
    return model.TableLoad(
        name=table.name,
        key=table.key,
        columns=_columns(columns[table.name], described.columns.get(table.name, {})),
        children=tuple(
            model.Child(
                child,
                _columns(child_columns, described.columns.get(child, {})),
                parent_key(table, child_columns),
                described.children.get(child, ""),
            )
            for child, child_columns in columns.items()
            if child != table.name
        ),
        synced_at=datetime.now(UTC),
        load_id=load_id,
        landed=outcome.table in batch.filled,
        deleted=outcome.deleted if finished else None,
        deletes="hard" if settings.deletes == "hard" else "soft",
        removed=outcome.removed if finished else None,
        rechecked=outcome.rechecked if finished else None,
        state=state,
        drift=drift,
        overflowed=_overflowed(batch, table.name, "discarded" if drift == "discard" else "in _rest"),
        history=table.name in account.matching(settings.history),
        retained_children=outcome.retained_children,
        is_listed=functools.partial(is_listed, listed) if listed is not None else None,
        run_id=run_id,
        description=table.grain,
    )


VERSION_COLUMNS: Mapping[str, tuple[str, str]] = {
    "_synced_at": ("timestamp", "when this version of the row was read"),
    "_deleted_at": ("timestamp", "when the row was found to be deleted; null while the vendor has it"),
    "_row_hash": ("bigint", "hash of the record with its child rows"),
    "_list_hash": ("bigint", "hash of the record in its list"),
    "_dlt_load_id": ("text", "the load that wrote this version, as in _dlt_loads"),
}
"""Columns that a sync adds to describe the stored version of a row -> their logical type and description."""


def declared_columns(table: Table, options: Options) -> dict[str, dict[str, Column]]:
    """The declared columns of a table and its child tables, for a table that has no rows yet."""
    from fieldhouse.sources.engine.normalize.normalizer import Normalizer

    normalizer = Normalizer(
        table.name, table.key, table.row, drop=options.drop, mask=options.mask, salt=options.salt
    )
    return normalizer.frames([], [], pa.array([], pa.int64())).columns


class Descriptions(NamedTuple):
    """What a vendor's row declaration says of a table: of columns by table and column, of child tables by name."""

    columns: Mapping[str, Mapping[str, str]]
    children: Mapping[str, str]


@functools.cache
def declared_descriptions(table: str, row: type[Row]) -> Descriptions:
    """The descriptions of the declared columns of a table, and of its child tables and their columns."""
    columns: dict[str, dict[str, str]] = {}
    children: dict[str, str] = {}

    def collect(name: str, declarations: Sequence[Declaration]) -> None:
        for column in declarations:
            if column.type is None:
                child = f"{name}__{column.name}"
                if column.description:
                    children[child] = column.description
                collect(child, column.children)
            elif column.description:
                unit = f"unit: {column.unit}" if column.unit else ""
                zone = f"zone: {column.zone}" if column.zone else ""
                text = "; ".join(filter(None, [column.description, unit, zone]))
                columns.setdefault(name, {})[column.name] = text

    collect(table, declared(row))
    return Descriptions(columns, children)


def _columns(columns: dict[str, Column], descriptions: Mapping[str, str]) -> tuple[model.Column, ...]:
    return tuple(
        model.Column(
            column.name,
            logical(column),
            column.original,
            column.declared,
            column.beside,
            descriptions.get(column.name, ""),
            column.stated,
            column.id,
        )
        for column in columns.values()
    )


def parent_key(table: Table, columns: Mapping[str, Column]) -> tuple[str, ...]:
    """The columns of a child table that hold the root row's key: ``_root_…`` in a child of a child."""
    prefix = "_root_" if any(name.startswith("_root_") for name in columns) else "_parent_"
    return (f"{prefix}id",) if len(table.key) == 1 else tuple(f"{prefix}{column}" for column in table.key)


def _overflowed(batch: LoadBatch, table: str, action: str) -> tuple[model.SchemaChange, ...]:
    """The columns that got no column of their own, as schema changes with this action."""
    return tuple(
        model.SchemaChange(name, column.name, "", logical(column), action, column.original)
        for name, columns in batch.overflowed.get(table, {}).items()
        for column in columns
    )
