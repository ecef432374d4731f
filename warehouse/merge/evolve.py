"""How a table takes what has landed: which columns it gains or widens, and what fills each.

Planning reads the database and changes nothing, so that a frozen schema can refuse before anything happened.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fieldhouse.warehouse.drivers.identifiers import shorten
from fieldhouse.warehouse.drivers.protocol import Database
from fieldhouse.warehouse.drivers.sql import literal, quote
from fieldhouse.warehouse.errors import SchemaConflict
from fieldhouse.warehouse.model import Column, SchemaChange

from .cast import ALWAYS, EXACT_DOUBLE, cast, transition

_POORER = frozenset(
    {
        ("double", "decimal"),
        *(("text", kind) for kind in ("decimal", "timestamp", "date", "bigint", "boolean")),
    }
)
"""Stored and landed type of columns whose type was only guessed before it was declared or stated."""
_IDENTITY = ("_parent_", "_root_")
_ADDED = ("_synced_at", "_deleted_at", "_row_hash", "_dlt_load_id", "_rest")

_OURS = {
    "_synced_at": "when this version of the row was read",
    "_deleted_at": "when the row was found to be gone at the vendor; null while the vendor has it",
}


def is_ours(column: str) -> bool:
    """Whether a column is one that we add, and no vendor's."""
    return column in _ADDED or column.startswith((*_IDENTITY, "_list_"))


@dataclass(frozen=True)
class Target:
    """A table to fill: what it should have, has, and what has landed for it.

    `stored` is None for a table that does not exist, `landed` where nothing has landed. `key` are the columns
    that identify rows, `follow` the types that some of them take from the parent's key. `description` is the
    comment of a new table.
    """

    schema: str
    name: str
    wanted: Mapping[str, Column]
    stored: Mapping[str, str] | None
    landing: str
    landed: Mapping[str, str] | None
    key: tuple[str, ...]
    unique: bool = False
    drift: str = "evolve"
    follow: Mapping[str, str] = field(default_factory=dict)
    description: str = ""

    @property
    def ref(self) -> str:
        """The quoted name of the final table."""
        return f"{quote(self.schema)}.{quote(self.name)}"


@dataclass
class Plan:
    """What happens to a table. `fills` are SQL expressions over the landing row, aliased `l`."""

    target: Target
    types: dict[str, str] = field(default_factory=dict)
    fills: dict[str, str] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    widened: list[str] = field(default_factory=list)
    changes: list[SchemaChange] = field(default_factory=list)
    originals: dict[str, str] = field(default_factory=dict)

    def log(self, column: str, from_type: str, to_type: str, action: str) -> None:
        """Notes a change of one column."""
        known = self.target.wanted.get(column)
        original = known.original if known else ""
        self.changes.append(SchemaChange(self.target.name, column, from_type, to_type, action, original))


def plan_table(db: Database, target: Target) -> Plan:
    """Decide for every wanted column; raises SchemaConflict where a key's type cannot follow its values."""
    plan = Plan(target, types=dict(target.stored or {}))
    for name, column in target.wanted.items():
        if name not in plan.types and not _add(plan, column):
            continue
        source = _source(target, column)
        if name in target.key or name.startswith(_IDENTITY) or _is_other_id(db, plan, column, source):
            _fit_key(db, plan, column, source)
        elif source:
            _fit(db, plan, column, source)
    if target.stored is None:
        plan.added.clear()
        undeclared = [change for change in plan.changes if not _is_expected(target, change.column)]
        plan.changes[:] = [SchemaChange(target.name, "", "", "", "created"), *undeclared]
    return plan


def _is_expected(target: Target, column: str) -> bool:
    """Whether a new table was to have the column: declared, ours, or part of its key."""
    wanted = target.wanted.get(column)
    return is_ours(column) or column in target.key or (wanted is not None and wanted.declared)


def change_table(db: Database, plan: Plan) -> None:
    """Carries a plan's changes out, in the transaction that is open."""
    target, kinds = plan.target, db.dialect.types
    if target.stored is None:
        _create(db, plan)
        _comment(db, plan, plan.types)
        return
    for name in plan.added:
        db.execute(f"ALTER TABLE {target.ref} ADD COLUMN {quote(name)} {kinds[plan.types[name]]}")
    _comment(db, plan, plan.added)
    retyped = {
        name: (
            kinds[plan.types[name]],
            cast(db.dialect, quote(name), target.stored[name], plan.types[name]).value,
        )
        for name in plan.widened
        if name not in plan.added
    }
    if retyped:
        db.change_types(target.schema, target.name, retyped)


def _comment(db: Database, plan: Plan, columns: Iterable[str]) -> None:
    """Say what new columns mean, and what a row of a new table is."""
    target = plan.target
    comment(
        db, target.ref, column_comments(plan, columns), target.description if target.stored is None else ""
    )


def column_comments(plan: Plan, columns: Iterable[str]) -> dict[str, str]:
    """What columns mean, and the vendor's own name for one where its name does not show it."""
    comments = {}
    for name in columns:
        known = plan.target.wanted.get(name) or Column(name, "text", plan.originals.get(name, ""))
        parts = [known.description or _OURS.get(name, "")]
        if known.original and known.original.replace(".", "__") != name:
            parts.append(f"the vendor's field {known.original}")
        if text := "; ".join(filter(None, parts)):
            comments[name] = text
    return comments


def comment(db: Database, ref: str, columns: Mapping[str, str], table: str) -> None:
    """Comment columns, {name: text}, of the table with this quoted name, and the table unless its text is empty."""
    statements = [
        f"COMMENT ON COLUMN {ref}.{quote(name)} IS {literal(text)}" for name, text in columns.items()
    ]
    if table:
        statements.append(f"COMMENT ON TABLE {ref} IS {literal(table)}")
    if statements:
        db.execute("; ".join(statements))


def variant_name(column: str, kind: str) -> str:
    """The column that keeps values which do not fit theirs, by the type they landed in."""
    return shorten(f"{column}__v_{kind}")


def _add(plan: Plan, column: Column) -> bool:
    """Adds a column that the table lacks, unless unknown ones are to be discarded; a new table has none of them."""
    keep = column.declared or is_ours(column.name)
    if plan.target.drift == "discard" and not keep:
        plan.log(column.name, "", column.type, "discarded")
        return False
    plan.types[column.name] = plan.target.follow.get(column.name, column.type)
    plan.added.append(column.name)
    kind = plan.types[column.name]
    if column.beside:
        plan.log(column.name, plan.types.get(column.beside, ""), kind, "variant")
    else:
        plan.log(column.name, "", kind, "added")
    return True


def _source(target: Target, column: Column) -> str:
    """The type of what landed for a column; empty where nothing did."""
    kind = (target.landed or {}).get(column.name, "")
    return "jsontext" if column.type == "json" and kind == "text" else kind


def _is_other_id(db: Database, plan: Plan, column: Column, source: str) -> bool:
    """True if a column of ids gets other ids than integers, or has them, and can become text."""
    target, stored = plan.target, plan.types[column.name]
    if not column.id or target.drift == "discard" or (stored, source) != ("bigint", "text"):
        return False
    is_stored = target.stored is not None and column.name in target.stored
    return not (is_stored and db.blocker(target.schema, target.name, column.name))


def _fit_key(db: Database, plan: Plan, column: Column, source: str) -> None:
    """A key keeps every value in its one column: what does not fit turns the column into text."""
    name, target = column.name, plan.target
    stored = plan.types[name]
    kind = target.follow.get(name) or _key_type(stored, source)
    if kind != stored:
        if blocker := db.blocker(target.schema, target.name, name):
            raise SchemaConflict(
                f"{target.name}.{name} is a key and must turn from {stored} to {kind}:"
                f" drop {blocker} and sync again"
            )
        plan.types[name] = kind
        plan.widened.append(name)
        plan.log(name, stored, kind, "widened")
    if source:
        plan.fills[name] = cast(db.dialect, f"l.{quote(name)}", source, kind).value


def _key_type(stored: str, source: str) -> str:
    if not source or transition(stored, source) == "copy":
        return stored
    exact = transition(stored, source) == "widen" and source != "double"
    return source if exact else "text"


def _fit(db: Database, plan: Plan, column: Column, source: str) -> None:
    """Fills a column with the landed values: as they are, after widening it, or with a variant beside it."""
    name = column.name
    value = f"l.{quote(name)}"
    reason = ""
    if (column.declared or column.stated) and _is_poorer(db, plan, name, source):
        plan.log(name, plan.types[name], source, "retyped")
        plan.types[name] = source
        plan.widened.append(name)
    if transition(plan.types[name], source) == "widen":
        reason = _against_widening(db, plan, name, source)
        if not reason:
            plan.log(name, plan.types[name], source, "widened")
            plan.types[name] = source
            plan.widened.append(name)
    fitting = cast(db.dialect, value, source, plan.types[name])
    if fitting.fits == ALWAYS or not _misfits(db, plan.target, value, fitting.fits):
        plan.fills[name] = _coalesced(plan, name, fitting.value)
        _log_conversion(db, plan, column, source)
        return
    plan.fills[name] = _coalesced(plan, name, f"CASE WHEN {fitting.fits} THEN {fitting.value} END")
    _add_variant(db, plan, column, f"CASE WHEN NOT ({fitting.fits}) THEN {value} END", source, reason)


def _log_conversion(db: Database, plan: Plan, column: Column, source: str) -> None:
    """Notes that values came in another type than their column's, which holds them all the same."""
    target, kind = plan.target, "json" if source == "jsontext" else source
    stored = plan.types[column.name]
    if kind == stored or target.stored is None or column.name not in target.stored:
        return
    if db.fetch(f"SELECT 1 FROM {target.landing} AS l WHERE l.{quote(column.name)} IS NOT NULL LIMIT 1"):
        plan.log(column.name, stored, kind, "converted")


def _is_poorer(db: Database, plan: Plan, name: str, source: str) -> bool:
    """True if a stored column of text or floats holds nothing but exact values of the declared or stated type."""
    target, stored = plan.target, plan.types[name]
    if (stored, source) not in _POORER or target.drift == "discard":
        return False
    if target.stored is None or name not in target.stored or name in plan.widened:
        return False
    if db.blocker(target.schema, target.name, name):
        return False
    value = f"t.{quote(name)}"
    fits = cast(db.dialect, value, stored, source).fits
    misfit = f"SELECT 1 FROM {target.ref} AS t WHERE {value} IS NOT NULL AND NOT ({fits}) LIMIT 1"
    return not db.fetch(misfit)


def _against_widening(db: Database, plan: Plan, name: str, source: str) -> str:
    """Why a column must not be widened, or an empty string."""
    target = plan.target
    if target.drift == "discard":
        return "the schema is set to stay"
    if target.stored is None or name not in target.stored:
        return ""
    if source == "double":
        bounds = f"{quote(name)} NOT BETWEEN {-EXACT_DOUBLE} AND {EXACT_DOUBLE}"
        if db.fetch(f"SELECT 1 FROM {target.ref} WHERE {bounds} LIMIT 1"):
            return "held values are too large for double"
    blocker = db.blocker(target.schema, target.name, name)
    return f"blocked by {blocker}" if blocker else ""


def _misfits(db: Database, target: Target, value: str, fits: str) -> bool:
    return bool(
        db.fetch(f"SELECT 1 FROM {target.landing} AS l WHERE {value} IS NOT NULL AND NOT ({fits}) LIMIT 1")
    )


def _add_variant(db: Database, plan: Plan, column: Column, misfit: str, source: str, reason: str) -> None:
    """Puts the values that do not fit, whole, into the variant column."""
    kind = "json" if source == "jsontext" else source
    name = variant_name(column.name, kind)
    while plan.types.get(name, kind) != kind:  # a vendor's own column may be called so
        name = shorten(f"{name}_")
    stored = plan.types.get(name)
    if stored is None and plan.target.drift == "discard":
        plan.log(column.name, plan.types[column.name], kind, "discarded")
        return
    if stored is None:
        plan.types[name] = stored = kind
        plan.added.append(name)
        action = f"variant: {reason}" if reason else "variant"
        original = plan.originals[name] = column.original or column.name
        plan.changes.append(
            SchemaChange(plan.target.name, name, plan.types[column.name], kind, action, original)
        )
    plan.fills[name] = _coalesced(plan, name, cast(db.dialect, misfit, source, stored).value)


def _coalesced(plan: Plan, name: str, value: str) -> str:
    """A variant column may have landed by itself as well: each row has its value in one of the two."""
    before = plan.fills.get(name)
    return f"coalesce({before}, {value})" if before else value


def _create(db: Database, plan: Plan) -> None:
    """Creates the table, with an index on its key if the database gains from one."""
    target = plan.target
    order = sorted(plan.types, key=is_ours)
    rows = [
        f"{quote(name)} {db.dialect.types[plan.types[name]]}{' NOT NULL' if name in target.key else ''}"
        for name in order
    ]
    constraint = db.dialect.key_constraint(target.key)
    if target.unique and target.key and constraint:
        rows.append(constraint)
    db.execute(f"CREATE TABLE {target.ref} ({', '.join(rows)})")
    index = db.dialect.index(target.ref, target.key)
    if not target.unique and target.key and index:
        db.execute(index)
