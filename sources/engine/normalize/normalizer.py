"""Records of one table become Arrow tables: typed, flattened, with child tables, and nothing lost.

Declared columns have their declared type; a value that does not fit goes whole, as text, into
``<column>__v_text`` and leaves the column null. What is not declared arrives all the same: scalars with the
type that the batch allows, objects flattened, lists as child tables. An impossible time is
such a value too, and is counted as one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import Any

import pyarrow as pa
import xxhash

from fieldhouse.sources.engine.errors import FixSettings, VendorChanged
from fieldhouse.sources.engine.spec.row import ColumnType, Declaration, Row, declared
from fieldhouse.sources.engine.spec.text import canonical

from .frames import Column, Frames, Issue, logical
from .masking import Privacy
from .nesting import Batch
from .parse_columns import TIMESTAMP, Parsed, parse, parse_ids
from .pivot import values_named
from .table_schema import schema_of
from .text import text_array

__all__ = ["Column", "Frames", "Issue", "Normalizer", "logical"]

_RULES = 2
"""Part of every row hash: raised when a record would give other columns, so that rows are written again."""
_HASHED_AS = {"FLOAT": "NUMBER", "FOREIGN_KEY": "REF_ID", "TIMESTAMP": "UTC"}
"""Names of column types in row hashes, as version 0.1 had them: other names would have every row written again."""


class Normalizer:
    """Shapes the records of one table.

    Args:
        table: final name of the table.
        key: the columns that identify a row, declared in ``row``.
        row: the declaration.
        drop: ``table.column`` globs that are never stored (setting ``exclude_columns``).
        mask: ``table.column`` globs that are stored as a keyed hash (setting ``hash_columns``).
        salt: the key of these hashes.
        rule_changes: how often these rules have changed; the same rules after other ones count as new.
        depth: levels of undeclared objects that flatten, and of undeclared lists that become tables; deeper
            is JSON.
        needed: columns beside the key that no rule may hide.
        widens_ids: ids that are declared as integers become text where the vendor sends others; otherwise such a
            record has no usable key, and other such ids stand beside their column.

    Raises:
        ValueError: a key that is no declared column, or a declaration that cannot be right.
        FixSettings: a rule that would drop or mask the key, or a column that is needed.
    """

    def __init__(
        self,
        table: str,
        key: tuple[str, ...],
        row: type[Row],
        *,
        drop: Sequence[str] = (),
        mask: Sequence[str] = (),
        salt: bytes = b"",
        rule_changes: int = 0,
        depth: int = 4,
        needed: Collection[str] = (),
        widens_ids: bool = True,
    ) -> None:
        self.table, self.key, self.depth = table, key, depth
        self.widens_ids = widens_ids
        self.privacy = Privacy(drop, mask, salt)
        self._parents: dict[str, str] = {}
        declarations = declared(row)
        self._keys = {name: _key_declaration(table, name, declarations) for name in key}
        if not key:
            raise ValueError(f"{table} has no key")
        self._refuse_hidden(needed)
        self._shape = schema_of(table, declarations, self.privacy)
        again = f" {rule_changes}" if rule_changes else ""
        self._seed = _seed(declarations, f"{self.privacy.fingerprint()}{again}", depth)

    def _refuse_hidden(self, needed: Collection[str]) -> None:
        for name in (*self.key, *needed):
            if self.privacy.verdict(self.table, name) != "keep":
                why = "the key of its table" if name in self.key else "what its table is kept true by"
                raise FixSettings(
                    f"{self.table}.{name} is {why} and can be neither excluded nor hashed.",
                    do="Narrow exclude_columns or hash_columns so that it is not matched.",
                    where=self.table,
                )

    @property
    def rules(self) -> str:
        """16 digits that change whenever the same record could give other columns."""
        return f"{self._seed:016x}"

    def split(self, records: Sequence[Any]) -> tuple[list[dict[str, Any]], pa.Table, list[tuple[str, Any]]]:
        """The records that are objects with a key, in their order, their keys, and ``(reason, record)`` for the others.

        Bad records are the very objects that came in: what is stored of them goes through ``pruned`` first.
        """
        plain = set(map(type, records)) <= {dict}
        objects = list(records) if plain else [record for record in records if type(record) is dict]
        columns = {name: self._key_column(objects, name) for name in self.key}
        if plain and not any(_nulls(column) for column in columns.values()):
            return objects, self._keyed(columns), []
        reasons = self._reasons(objects, columns)
        bad: list[tuple[str, Any]] = [("not an object", item) for item in records if type(item) is not dict]
        bad += [(why, item) for item, why in zip(objects, reasons, strict=True) if why]
        good = [item for item, why in zip(objects, reasons, strict=True) if not why]
        return good, self.keys(good), bad

    def pruned(self, record: Any) -> Any:
        """A record without the values that the rules drop, and with hashes for those they mask."""
        return self.privacy.pruned(record, self.table)

    def _reasons(self, objects: list[dict[str, Any]], columns: dict[str, Parsed]) -> list[str]:
        reasons = [""] * len(objects)
        for name, fitted in columns.items():
            kind = self._keys[name].type
            for at in _nulls(fitted):
                reasons[at] = f"key {name} is missing or null"
            for at in (*fitted.unfit, *fitted.impossible):
                reasons[at] = f"key {name} is no {kind.value if kind else 'key'}"
        return reasons

    def _key_column(self, objects: Sequence[dict[str, Any]], name: str) -> Parsed:
        kind = self._keys[name].type
        assert kind is not None, f"{name} is a child table"
        values = values_named(objects, name)
        seen = set(map(type, values)) - {type(None)}
        if self.widens_ids and kind is ColumnType.INT:
            return parse_ids(values, seen)
        return parse(values, seen, kind)

    def keys(self, records: Sequence[dict[str, Any]]) -> pa.Table:
        """The key columns of good records, typed as declared."""
        return self._keyed({name: self._key_column(records, name) for name in self.key})

    def _keyed(self, columns: dict[str, Parsed]) -> pa.Table:
        values = [column.values for column in columns.values()]
        arrays = [array if isinstance(array, pa.Array) else text_array(array)[0] for array in values]
        return pa.Table.from_arrays(arrays, names=list(columns))

    def hashes(self, records: Sequence[dict[str, Any]]) -> pa.Int64Array:
        """A 64-bit hash of each record's content: the same for the same content, declaration and settings.

        The order of keys in an object does not count, the order in a list does.

        Raises:
            VendorChanged: a record nested so deep that no text can be made of it.
        """
        seed, hashed = self._seed, xxhash.xxh3_64_intdigest
        try:
            numbers = [hashed(canonical(record), seed) for record in records]
        except RecursionError:
            raise VendorChanged(f"a record of {self.table} is nested some 900 levels deep") from None
        return pa.array(numbers, pa.uint64()).view(pa.int64())

    def frames(
        self, records: Sequence[dict[str, Any]], synced_at_us: Sequence[int], hashes: pa.Int64Array
    ) -> Frames:
        """Good records as tables: the root first, then child tables, parents before children.

        Args:
            records: as ``split`` gives them.
            synced_at_us: when each was read, microseconds since 1970 in UTC.
            hashes: as ``hashes`` gives them.
        """
        batch = Batch(self.privacy, self.depth, self._parents, widens_ids=self.widens_ids)
        batch.root(self._shape, self.key, records, pa.array(synced_at_us, pa.int64()).cast(TIMESTAMP), hashes)
        return Frames(batch.tables, batch.columns, batch.issues.listed())


def _nulls(fitted: Parsed) -> list[int]:
    if isinstance(fitted.values, pa.Array):
        if not fitted.values.null_count:
            return []
        return [at for at, null in enumerate(fitted.values.is_null().to_pylist()) if null]
    return [at for at, value in enumerate(fitted.values) if value is None] if None in fitted.values else []


def _key_declaration(table: str, name: str, declarations: Sequence[Declaration]) -> Declaration:
    declaration = next((item for item in declarations if item.path == (name,) and item.type), None)
    if declaration is None:
        raise ValueError(f"{table}: the key {name} is no declared column")
    return declaration


def _seed(declarations: Sequence[Declaration], rules: str, depth: int) -> int:
    """64 bits that change whenever the same record could give other columns."""
    rules_text = repr((_RULES, depth, rules, _essence(declarations)))
    return int.from_bytes(hashlib.sha256(rules_text.encode()).digest()[:8], "big")


def _essence(declarations: Sequence[Declaration]) -> list[Any]:
    return [
        (
            column.name,
            column.type and _HASHED_AS.get(column.type.name, column.type.name),
            _essence(column.children),
        )
        for column in declarations
    ]
