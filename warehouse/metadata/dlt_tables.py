"""dlt's tables, so that dlt's dataset access and the command ``dlt pipeline`` work on an account's schema.

Every ``_dlt_load_id`` of a row has a row in ``_dlt_loads``, which is written in the transaction of the row.
``_dlt_version`` has one row: the schema as dlt stores it, as JSON. ``_dlt_pipeline_state`` has one row, from which
``dlt pipeline <schema> sync`` makes a working folder; a sync keeps its own state elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fieldhouse.warehouse.drivers.protocol import Database
from fieldhouse.warehouse.drivers.sql import literal, names, quote

LOADS, VERSION, STATE = "_dlt_loads", "_dlt_version", "_dlt_pipeline_state"
ENGINE_VERSION = 11
"""The version of the JSON of dlt 1.31; later versions of dlt migrate it as they read."""
STATE_ENGINE_VERSION = 4
"""The version of the JSON of a pipeline's state in dlt 1.31."""
TABLES: Mapping[str, Mapping[str, str]] = {
    LOADS: {
        "load_id": "text",
        "schema_name": "text",
        "status": "bigint",
        "inserted_at": "timestamp",
        "schema_version_hash": "text",
    },
    VERSION: {
        "version": "bigint",
        "engine_version": "bigint",
        "inserted_at": "timestamp",
        "schema_name": "text",
        "version_hash": "text",
        "schema": "text",
    },
    STATE: {
        "version": "bigint",
        "engine_version": "bigint",
        "pipeline_name": "text",
        "state": "text",
        "created_at": "timestamp",
        "version_hash": "text",
        "_dlt_load_id": "text",
    },
}
_DATA_TYPES = {"boolean": "bool"}
"""Logical type -> dlt's data type, if the names differ."""


def are_complete(stored: Mapping[str, Mapping[str, str]]) -> bool:
    """True if a catalogue has dlt's tables."""
    return TABLES.keys() <= stored.keys()


def prepare(db: Database, schema: str, stored: Mapping[str, Mapping[str, str]], at: datetime) -> None:
    """Create dlt's tables if the catalogue lacks them; loads of rows that an earlier version wrote are entered.

    Part of the caller's transaction.
    """
    if are_complete(stored):
        return
    for table, columns in TABLES.items():
        listed = ", ".join(f"{quote(name)} {db.dialect.types[kind]}" for name, kind in columns.items())
        db.execute(f"CREATE TABLE IF NOT EXISTS {quote(schema)}.{quote(table)} ({listed})")
    for table, column_names in stored.items():
        if "_dlt_load_id" in column_names:
            loads = f"SELECT DISTINCT _dlt_load_id AS load_id FROM {quote(schema)}.{quote(table)}"
            _enter(db, schema, loads, at)
    if any("_dlt_load_id" in column_names for column_names in stored.values()):
        describe(db, schema, {}, at)


def record_load(db: Database, schema: str, load_id: str, at: datetime) -> None:
    """Enter a load, once; part of the transaction that writes its rows."""
    _enter(db, schema, f"SELECT {literal(load_id)} AS load_id", at)


def _enter(db: Database, schema: str, loads: str, at: datetime) -> None:
    ref = f"{quote(schema)}.{quote(LOADS)}"
    db.execute(
        f"INSERT INTO {ref} (load_id, schema_name, status, inserted_at)"
        f" SELECT n.load_id, {literal(schema)}, 0, {literal(at)} FROM ({loads}) AS n"
        f" WHERE n.load_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {ref} AS l WHERE l.load_id = n.load_id)"
    )


def describe(db: Database, schema: str, keys: Mapping[str, tuple[str, ...]], at: datetime) -> None:
    """Store the schema's tables and columns for dlt, if they differ from what is stored; in the caller's transaction.

    Args:
        keys: the primary keys of tables, by name.
    """
    tables = {
        name: _table(db, name, columns, keys.get(name, ()))
        for name, columns in db.catalogue(schema).items()
        if name in TABLES or not name.startswith("_")
    }
    text = json.dumps(tables, sort_keys=True)
    version_hash = hashlib.sha256(text.encode()).hexdigest()
    ref = f"{quote(schema)}.{quote(VERSION)}"
    rows = db.fetch(f"SELECT version_hash, version FROM {ref} ORDER BY version DESC")
    if rows and rows[0][0] == version_hash:
        return
    version = int(rows[0][1]) + 1 if rows else 1
    stored = {
        "version": version,
        "version_hash": version_hash,
        "engine_version": ENGINE_VERSION,
        "name": schema,
        "tables": tables,
        "settings": {},
        "normalizers": {"names": "snake_case", "json": {"module": "dlt.common.normalizers.json.relational"}},
        "previous_hashes": [],
    }
    values = [version, ENGINE_VERSION, at, schema, version_hash, json.dumps(stored)]
    db.execute(f"DELETE FROM {ref}")
    db.execute(f"INSERT INTO {ref} ({names(TABLES[VERSION])}) VALUES ({', '.join(map(literal, values))})")
    _record_state(db, schema, at)


def _record_state(db: Database, schema: str, at: datetime) -> None:
    """Store the state of a pipeline without sources, once there is a load that it can refer to."""
    state = {
        "_state_version": 1,
        "_state_engine_version": STATE_ENGINE_VERSION,
        "pipeline_name": schema,
        "dataset_name": schema,
        "default_schema_name": schema,
        "schema_names": [schema],
        "sources": {},
    }
    version_hash = hashlib.sha256(json.dumps(state).encode()).hexdigest()
    text = json.dumps({**state, "_version_hash": version_hash})
    packed = base64.b64encode(zlib.compress(text.encode())).decode()
    values = [1, STATE_ENGINE_VERSION, schema, packed, at, version_hash]
    ref, loads = f"{quote(schema)}.{quote(STATE)}", f"{quote(schema)}.{quote(LOADS)}"
    db.execute(
        f"INSERT INTO {ref} ({names(TABLES[STATE])}) SELECT {', '.join(map(literal, values))}, max(load_id)"
        f" FROM {loads} WHERE NOT EXISTS (SELECT 1 FROM {ref}) HAVING count(*) > 0"
    )


def _table(db: Database, name: str, columns: Mapping[str, str], key: tuple[str, ...]) -> dict[str, Any]:
    described: dict[str, dict[str, Any]] = {}
    for column, native in columns.items():
        kind = db.dialect.logical(native)
        described[column] = {
            "name": column,
            "data_type": _DATA_TYPES.get(kind, kind),
            "nullable": column not in key,
        }
        if column in key:
            described[column]["primary_key"] = True
    table: dict[str, Any] = {"name": name, "columns": described, "resource": name}
    if name in TABLES:
        return table | {"write_disposition": "skip"}
    return table | {"write_disposition": "merge", "x-normalizer": {"seen-data": True}}
