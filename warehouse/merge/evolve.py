"""How a table takes what has landed: which columns it gains or widens, and what fills each.

Planning reads the database and changes nothing, so that a frozen schema can refuse before anything happened.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fieldhouse.warehouse.drivers.protocol import Database
from fieldhouse.warehouse.drivers.sql import literal, quote, short
from fieldhouse.warehouse.errors import SchemaConflict
from fieldhouse.warehouse.model import Column, SchemaChange

from .cast import ALWAYS, EXACT_DOUBLE, cast, move

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

    `held` is None for a table that does not exist, `landed` where nothing has landed. `key` are the columns
    that identify rows, `follow` the types that some of them take from the parent's key.
    """

    schema: str
    name: str
    wanted: Mapping[str, Column]
    held: Mapping[str, str] | None
    landing: str
    landed: Mapping[str, str] | None
    key: tuple[str, ...]
    unique: bool = False
    drift: str = "evolve"
    follow: Mapping[str, str] = field(default_factory=dict)

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


def plan(db: Database, target: Target) -> Plan:
    """Decides for every wanted column; raises SchemaConflict where a key's type cannot follow its values."""
    made = Plan(target, types=dict(target.held or {}))
    for name, column in target.wanted.items():
        if name not in made.types and not _add(made, column):
            continue
        source = _source(target, column)
        if name in target.key or name.startswith(_IDENTITY):
            _fit_key(db, made, column, source)
        elif source:
            _fit(db, made, column, source)
    if target.held is None:
        made.added.clear()
        undeclared = [one for one in made.changes if not _is_expected(target, one.column)]
        made.changes[:] = [SchemaChange(target.name, "", "", "", "created"), *undeclared]
    return made


def _is_expected(target: Target, column: str) -> bool:
    """Whether a new table was to have the column: declared, ours, or part of its key."""
    wanted = target.wanted.get(column)
    return is_ours(column) or column in target.key or (wanted is not None and wanted.declared)


def change(db: Database, made: Plan) -> None:
    """Carries a plan's changes out, in the transaction that is open."""
    target, kinds = made.target, db.dialect.types
    if target.held is None:
        _create(db, made)
        _comment(db, made, made.types)
        return
    for name in made.added:
        db.execute(f"ALTER TABLE {target.ref} ADD COLUMN {quote(name)} {kinds[made.types[name]]}")
    _comment(db, made, made.added)
    for name in made.widened:
        if name in made.added:
            continue
        value = cast(db.dialect, quote(name), target.held[name], made.types[name]).value
        kind = kinds[made.types[name]]
        db.execute(f"ALTER TABLE {target.ref} ALTER COLUMN {quote(name)} TYPE {kind} USING {value}")


def _comment(db: Database, made: Plan, columns: Iterable[str]) -> None:
    """Says what a new column means, and the vendor's own name for it where its name does not show it."""
    target = made.target
    comments = []
    for name in columns:
        known = target.wanted.get(name) or Column(name, "text", made.originals.get(name, ""))
        parts = [known.description or _OURS.get(name, "")]
        if known.original and known.original.replace(".", "__") != name:
            parts.append(f"the vendor's field {known.original}")
        if said := "; ".join(filter(None, parts)):
            comments.append(f"COMMENT ON COLUMN {target.ref}.{quote(name)} IS {literal(said)}")
    if comments:
        db.execute("; ".join(comments))


def variant_name(column: str, kind: str) -> str:
    """The column that keeps values which do not fit theirs, by the type they landed in."""
    return short(f"{column}__v_{kind}")


def _add(made: Plan, column: Column) -> bool:
    """Adds a column that the table lacks, unless unknown ones are to be discarded."""
    keep = column.declared or is_ours(column.name)
    if made.target.held is not None and made.target.drift == "discard" and not keep:
        made.log(column.name, "", column.type, "discarded")
        return False
    made.types[column.name] = made.target.follow.get(column.name, column.type)
    made.added.append(column.name)
    kind = made.types[column.name]
    if column.beside:
        made.log(column.name, made.types.get(column.beside, ""), kind, "variant")
    else:
        made.log(column.name, "", kind, "added")
    return True


def _source(target: Target, column: Column) -> str:
    """The type of what landed for a column; empty where nothing did."""
    kind = (target.landed or {}).get(column.name, "")
    return "jsontext" if column.type == "json" and kind == "text" else kind


def _fit_key(db: Database, made: Plan, column: Column, source: str) -> None:
    """A key keeps every value in its one column: what does not fit turns the column into text."""
    name, target = column.name, made.target
    held = made.types[name]
    kind = target.follow.get(name) or _key_type(held, source)
    if kind != held:
        if blocker := db.blocker(target.schema, target.name, name):
            raise SchemaConflict(
                f"{target.name}.{name} is a key and must turn from {held} to {kind}:"
                f" drop {blocker} and sync again"
            )
        made.types[name] = kind
        made.widened.append(name)
        made.log(name, held, kind, "widened")
    if source:
        made.fills[name] = cast(db.dialect, f"l.{quote(name)}", source, kind).value


def _key_type(held: str, source: str) -> str:
    if not source or move(held, source) == "copy":
        return held
    exact = move(held, source) == "widen" and source != "double"
    return source if exact else "text"


def _fit(db: Database, made: Plan, column: Column, source: str) -> None:
    """Fills a column with the landed values: as they are, after widening it, or with a variant beside it."""
    name = column.name
    value = f"l.{quote(name)}"
    reason = ""
    if move(made.types[name], source) == "widen":
        reason = _against_widening(db, made, name, source)
        if not reason:
            made.log(name, made.types[name], source, "widened")
            made.types[name] = source
            made.widened.append(name)
    fitting = cast(db.dialect, value, source, made.types[name])
    if fitting.fits == ALWAYS or not _misfits(db, made.target, value, fitting.fits):
        made.fills[name] = _filled(made, name, fitting.value)
        _log_conversion(db, made, column, source)
        return
    made.fills[name] = _filled(made, name, f"CASE WHEN {fitting.fits} THEN {fitting.value} END")
    _keep_apart(db, made, column, f"CASE WHEN NOT ({fitting.fits}) THEN {value} END", source, reason)


def _log_conversion(db: Database, made: Plan, column: Column, source: str) -> None:
    """Notes that values came in another type than their column's, which holds them all the same."""
    target, kind = made.target, "json" if source == "jsontext" else source
    held = made.types[column.name]
    if kind == held or target.held is None or column.name not in target.held:
        return
    if db.fetch(f"SELECT 1 FROM {target.landing} AS l WHERE l.{quote(column.name)} IS NOT NULL LIMIT 1"):
        made.log(column.name, held, kind, "converted")


def _against_widening(db: Database, made: Plan, name: str, source: str) -> str:
    """Why a column must not be widened, or an empty string."""
    target = made.target
    if target.drift == "discard":
        return "the schema is set to stay"
    if target.held is None or name not in target.held:
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


def _keep_apart(db: Database, made: Plan, column: Column, misfit: str, source: str, reason: str) -> None:
    """Puts the values that do not fit, whole, into the variant column."""
    kind = "json" if source == "jsontext" else source
    name = variant_name(column.name, kind)
    while made.types.get(name, kind) != kind:  # a vendor's own column may be called so
        name = short(f"{name}_")
    held = made.types.get(name)
    if held is None and made.target.drift == "discard":
        made.log(column.name, made.types[column.name], kind, "discarded")
        return
    if held is None:
        made.types[name] = held = kind
        made.added.append(name)
        action = f"variant: {reason}" if reason else "variant"
        original = made.originals[name] = column.original or column.name
        made.changes.append(
            SchemaChange(made.target.name, name, made.types[column.name], kind, action, original)
        )
    made.fills[name] = _filled(made, name, cast(db.dialect, misfit, source, held).value)


def _filled(made: Plan, name: str, value: str) -> str:
    """A variant column may have landed by itself as well: each row has its value in one of the two."""
    before = made.fills.get(name)
    return f"coalesce({before}, {value})" if before else value


def _create(db: Database, made: Plan) -> None:
    """Creates the table, with an index on its key if the database gains from one."""
    target = made.target
    order = sorted(made.types, key=is_ours)
    rows = [
        f"{quote(name)} {db.dialect.types[made.types[name]]}{' NOT NULL' if name in target.key else ''}"
        for name in order
    ]
    if target.unique and target.key and (constraint := db.dialect.key_constraint(target.key)):
        rows.append(constraint)
    db.execute(f"CREATE TABLE {target.ref} ({', '.join(rows)})")
    if not target.unique and target.key and (index := db.dialect.index(target.ref, target.key)):
        db.execute(index)
