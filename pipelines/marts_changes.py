"""What changed since the last build of the marts, and which models a build need not run."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fieldhouse.warehouse.session import Session, literal, quote

MARTS, STAGING = "marts", "staging"
BESIDE = {MARTS: "marts__next", STAGING: "staging__next"}
"""Schema that readers have -> schema in which the next build makes its tables."""
CHANGES = "_changes"
"""The table in which a build notes what became of each model; see ``macros/changes.sql``."""
_BUILDS = "_builds"
_SCHEMA_CHANGES = "_schema_changes"
_ZONES = "int_account_zones"
_CHOSEN = "chosen"
SMALL_ROWS = 200_000
"""Up to so many rows in all raw tables, a build makes everything: it costs seconds, and sees rows that were altered by
hand without their ``_synced_at``."""
CALENDAR_ZONE = "UTC"
"""The default of the variable ``zone`` in ``dbt_project.yml``."""
_TABLES_PER_QUERY = 50
_LIVE_ROWS = re.compile(r"live_rows\(\s*'(\w+)',\s*'(\w+)'")


@dataclass(frozen=True)
class RawState:
    """The raw tables as they are before a build.

    Attributes:
        columns: a digest of all accounts' tables, columns and types, and how many changes of them the books have.
        tables: "account.table" -> numbers that another row, value or deletion changes.
        is_complete: False if a table does not tell when its rows changed; no build can follow its changes.
    """

    columns: str
    tables: Mapping[str, str]
    is_complete: bool

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(int(numbers.partition("|")[0]) for numbers in self.tables.values())


@dataclass(frozen=True)
class Changes:
    """A build upon the last one: the raw tables that changed since.

    Attributes:
        since: the time of that build.
        is_same_day: True if it was on the same day in every account's zone and in that of the calendar.
    """

    tables: frozenset[str]
    since: datetime
    is_same_day: bool = False

    def unchanged(self, manifest: Any) -> dict[str, Any]:
        """Models by id that give what they gave: all that they read is unchanged, and so is the time for them."""
        same = {node_id: node for node_id, node in manifest.nodes.items() if node.resource_type == "seed"}
        waiting = {node_id: node for node_id, node in manifest.nodes.items() if node.resource_type == "model"}
        while True:
            more = {node_id: node for node_id, node in waiting.items() if self._is_unchanged(node, same)}
            if not more:
                return same
            same |= more
            waiting = {node_id: node for node_id, node in waiting.items() if node_id not in more}

    def _is_unchanged(self, node: Any, same: Mapping[str, Any]) -> bool:
        parents = node.depends_on.nodes
        concerns_time = "now()" in node.raw_code
        if concerns_time and not (self.is_same_day and node.config.get("time_grain") == "day"):
            return False
        if not parents:
            return False
        sources = [parent for parent in parents if parent.startswith("source.")]
        if sources and any(self._has_changed(vendor, table) for vendor, table in _tables_read(node, sources)):
            return False
        return all(parent in same for parent in parents if parent not in sources)

    def _has_changed(self, vendor: str, pattern: str) -> bool:
        """True if a table changed in any account of a vendor; ``root*`` also stands for its children and history."""
        root = pattern.removesuffix("*")
        if root.startswith("_"):
            return root != _SCHEMA_CHANGES  # with another row in that table, everything is built
        for table in self.tables:
            account, name = table.split(".", 1)
            is_account = account == vendor or account.startswith(f"{vendor}_")
            belongs = name == f"{root}_history" or name.startswith(f"{root}__")
            if is_account and (name == root or (root != pattern and belongs)):
                return True
        return False


def _tables_read(node: Any, sources: Sequence[str]) -> list[tuple[str, str]]:
    """Vendor and table of each raw table that a model reads, by its SQL; else all that belong to its sources."""
    named = _LIVE_ROWS.findall(node.raw_code)
    if len(named) == node.raw_code.count("live_rows("):
        return named
    return [(vendor, f"{root}*") for vendor, root in (source.split(".")[-2:] for source in sources)]


@dataclass(frozen=True)
class Start:
    """What a build starts from.

    Attributes:
        key: a digest of what the marts depend on beside the raw tables: the project, its version, the settings.
        now: the time to which ages refer.
        state: the raw tables; None if nothing can be built upon this build.
        changes: what changed in them since the last build; None if everything is made.
    """

    key: str
    now: datetime
    state: RawState | None
    changes: Changes | None


def start(
    session: Session,
    accounts: Sequence[str],
    key: str,
    now: datetime,
    *,
    full: bool | None,
    zone: str = CALENDAR_ZONE,
) -> Start:
    """Read what a build starts from. Until one that makes everything ends well, none can be built upon the last.

    Args:
        full: make everything; None decides by the number of rows, see ``SMALL_ROWS``.
        zone: IANA time zone of the calendar.
    """
    state = raw_state(session, accounts)
    is_full = state.rows <= SMALL_ROWS if full is None else full
    changes = None if is_full else changes_since(session, key, now, state, zone)
    if changes is None:
        forget(session)
    return Start(key, now, state, changes)


def raw_state(session: Session, accounts: Sequence[str]) -> RawState:
    """Read the state of all raw tables of these accounts (schemas)."""
    listed = ", ".join(map(literal, accounts)) or "''"
    columns = session.fetch(
        "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns"
        f" WHERE table_schema IN ({listed}) ORDER BY 1, 2, ordinal_position, 3"
    )
    types: dict[tuple[str, str], dict[str, str]] = {}
    for account, table, column, kind in columns:
        types.setdefault((account, table), {})[column] = kind
    tables: dict[str, str] = {}
    queries = list(_queries(types))
    for first in range(0, len(queries), _TABLES_PER_QUERY):
        tables |= dict(session.fetch(" UNION ALL ".join(queries[first : first + _TABLES_PER_QUERY])))
    books = [(name, state) for name, state in tables.items() if name.endswith(f".{_SCHEMA_CHANGES}")]
    digest = hashlib.sha256(json.dumps([columns, sorted(books)]).encode()).hexdigest()
    rows = {name: state for name, state in tables.items() if not name.partition(".")[2].startswith("_")}
    return RawState(digest, rows, all(_tells_changes(table, kinds) for (_, table), kinds in types.items()))


def _tells_changes(table: str, columns: Mapping[str, str]) -> bool:
    return table.startswith("_") or "_synced_at" in columns or "_valid_from" in columns


def _queries(types: Mapping[tuple[str, str], Mapping[str, str]]) -> Iterator[str]:
    for (account, table), columns in types.items():
        if table.startswith("_") and table != _SCHEMA_CHANGES:
            continue
        parts = ["count(*)"]
        for name in ("_synced_at", "_deleted_at", "_valid_from", "_valid_to"):
            if name in columns:
                parts += [f"count({name})", f"max({name})"]
        if columns.get("_row_hash", "").lower() == "bigint":
            parts.append("sum(_row_hash)")
        elif "_synced_at" in columns:  # a row may have been read by a machine whose clock is behind
            parts.append("sum(CAST(extract(epoch FROM _synced_at) * 1000000 AS bigint))")
        numbers = ", ".join(f"coalesce(CAST({part} AS text), '')" for part in parts)
        place = f"{quote(account)}.{quote(table)}"
        yield f"SELECT {literal(f'{account}.{table}')}, concat_ws('|', {numbers}) FROM {place}"


def changes_since(
    session: Session, key: str, now: datetime, state: RawState, zone: str = CALENDAR_ZONE
) -> Changes | None:
    """What changed since the last build; None if the next one has to make everything.

    Args:
        key: a digest of what else the marts depend on: the project, its version, the settings.
        now: the time of the build. One that lies before the last build's makes everything.
    """
    staging = session.catalogue(STAGING)
    if not state.is_complete or _BUILDS not in staging:
        return None
    rows = session.fetch(f"SELECT inputs, moment, tables FROM {STAGING}.{_BUILDS}")
    if len(rows) != 1 or rows[0][0] != _inputs(key, state):
        return None
    since = datetime.fromisoformat(rows[0][1])
    if since > now:
        return None
    before = json.loads(rows[0][2])
    differ = {
        name for name in before.keys() | state.tables.keys() if before.get(name) != state.tables.get(name)
    }
    is_same_day = _ZONES in staging and _is_same_day(session, since, now, zone)
    return Changes(frozenset(differ), since, is_same_day)


def _is_same_day(session: Session, since: datetime, now: datetime, zone: str) -> bool:
    """True if the two times are on one day in the zone of the calendar and in those of all accounts."""
    before, after = (
        f"CAST((TIMESTAMPTZ {literal(moment.isoformat())} AT TIME ZONE time_zone) AS date)"
        for moment in (since, now)
    )
    zones = f"SELECT time_zone FROM {STAGING}.{_ZONES} UNION ALL SELECT {literal(zone)}"
    others = session.fetch(f"SELECT count(*) FROM ({zones}) AS zones WHERE {before} <> {after}")
    return int(others[0][0]) == 0


def forget(session: Session) -> None:
    """Let the next build make everything."""
    session.db.execute(f"DROP TABLE IF EXISTS {STAGING}.{_BUILDS}")


def note_build(session: Session, key: str, now: datetime, state: RawState) -> None:
    """Note what the marts were built from, in the caller's transaction."""
    values = (_inputs(key, state), now.astimezone(UTC).isoformat(), json.dumps(state.tables))
    session.db.execute(f"CREATE SCHEMA IF NOT EXISTS {STAGING}")
    session.db.execute(
        f"CREATE TABLE IF NOT EXISTS {STAGING}.{_BUILDS} (inputs text, moment text, tables text)"
    )
    session.db.execute(f"DELETE FROM {STAGING}.{_BUILDS}")
    session.db.execute(f"INSERT INTO {STAGING}.{_BUILDS} VALUES ({', '.join(map(literal, values))})")


def _inputs(key: str, state: RawState) -> str:
    return hashlib.sha256(f"{key} {state.columns}".encode()).hexdigest()


def prepare(session: Session, unchanged: Mapping[str, Any]) -> None:
    """Make the schemas beside, with a view for each model that need not run."""
    for schema in BESIDE.values():
        session.db.execute(f"CREATE SCHEMA {schema}")
    changes = f"{BESIDE[MARTS]}.{CHANGES}"
    session.db.execute(
        f"CREATE TABLE {changes} (model text, kind text, schema_name text, table_name text, key text, way text)"
    )
    rows = []
    for node in unchanged.values():
        schema = next(name for name, beside in BESIDE.items() if beside == node.schema)
        session.db.execute(
            f"CREATE VIEW {node.schema}.{quote(node.alias)} AS SELECT * FROM {schema}.{quote(node.alias)}"
        )
        values = (node.name, "same", node.schema, node.alias, "", "same")
        rows.append(f"({', '.join(map(literal, values))})")
    if rows:
        session.db.execute(f"INSERT INTO {changes} VALUES {', '.join(rows)}")


def selection(manifest: Any, unchanged: Mapping[str, Any], tests: bool) -> list[str]:
    """Options of dbt that choose the other models, and the tests of these.

    They get a tag: dbt compares every node with every name that ``--select`` lists.
    """
    for node_id, node in manifest.nodes.items():
        if (node.resource_type == "model" and node_id not in unchanged) or (
            tests and node.resource_type == "test" and _is_needed(node, unchanged)
        ):
            node.tags.append(_CHOSEN)
    return ["--indirect-selection", "empty", "--select", f"tag:{_CHOSEN}"]


def _is_needed(test: Any, unchanged: Mapping[str, Any]) -> bool:
    """True for a test of marts of which one is made; the staging models' tests are those of a thorough build."""
    is_of_staging = "staging" in test.fqn
    return not is_of_staging and any(parent not in unchanged for parent in test.depends_on.nodes)
