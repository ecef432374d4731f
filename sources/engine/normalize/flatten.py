"""The fields of one table's rows become its columns; objects flatten, lists wait to become child tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import NoneType
from typing import Any

import pyarrow as pa

from fieldhouse.sources.engine.redact import masked
from fieldhouse.sources.engine.spec.naming import joined, snake_case
from fieldhouse.sources.engine.spec.row import ColumnType, Declaration
from fieldhouse.sources.engine.spec.stated import Stated
from fieldhouse.sources.engine.spec.text import clean, json_text, text_of

from .frames import CLEANED_TEXT, IMPOSSIBLE_TIME, ROUNDED_VALUE, UNFIT_VALUE, Column, Issue, Sheet
from .infer_types import infer, is_wide
from .masking import Privacy, Verdict
from .parse_columns import ARROW, Parsed, parse, parse_ids
from .pivot import EMPTY, columns_of
from .table_schema import TableSchema, Tree
from .text import text_array

_SHOWN = 80
_PLAIN = frozenset({str, int, float, bool, dict, list})


class Issues:
    """What was noticed in a batch, counted by table, column and reason, with the first example of each."""

    def __init__(self) -> None:
        self._issues: dict[tuple[str, str, str], tuple[int, str]] = {}

    def note(
        self, table: str, column: str, reason: str, values: Sequence[Any], *, personal: bool = False
    ) -> None:
        """Count ``values``; nothing where there are none."""
        if values:
            shown = "" if personal else masked(repr(values[0])[:_SHOWN])
            count, example = self._issues.get((table, column, reason), (0, shown))
            self._issues[table, column, reason] = (count + len(values), example)

    def listed(self) -> list[Issue]:
        """All of them, in the order they were first met."""
        return [Issue(*where, *what) for where, what in self._issues.items()]


class Flattener:
    """Fills one sheet. ``lists`` holds afterwards, by field name, the lists that become child tables.

    Args:
        sheet: the table to fill.
        privacy: what is dropped and masked.
        issues: where to note what did not fit.
        depth: how many levels of undeclared objects flatten; deeper ones become JSON text.
        listing: whether undeclared lists become child tables; else they become JSON text.
        key: the columns that identify the table's rows.
        widens_ids: whether ids that are declared as integers become text where others come.
    """

    def __init__(
        self,
        sheet: Sheet,
        privacy: Privacy,
        issues: Issues,
        *,
        depth: int,
        listing: bool,
        key: tuple[str, ...] = (),
        widens_ids: bool = True,
    ) -> None:
        self.sheet, self.privacy, self.issues = sheet, privacy, issues
        self.depth, self.listing = depth, listing
        self.key, self.widens_ids = key, widens_ids
        self.lists: dict[str, list[Any]] = {}

    def flatten(
        self, objects: Sequence[dict[str, Any]], tree: Tree, name: str = "", path: str = "", level: int = 0
    ) -> None:
        """Add the fields of ``objects`` (one per row) as columns whose names begin with ``name``."""
        for key, inner, values in columns_of(objects):
            original = f"{path}.{clean(key)}" if path else clean(key)
            spec = tree.get(inner)
            column = spec.name if isinstance(spec, Declaration) else joined(name, inner)
            plain = joined(name, snake_case(key))
            filled = any(value is not None for value in values)
            verdict = self._verdict(column, plain, spec) if filled else "drop"
            self._field(column, original, values, spec, level, verdict)

    def _verdict(self, column: str, plain: str, spec: Declaration | TableSchema | Tree | None) -> Verdict:
        """A field whose name was taken is judged by its plain name, too; a plain item by what its list hides."""
        decision = self.privacy.verdict(self.sheet.table, column)
        if decision == "keep" and column != plain:
            decision = self.privacy.verdict(self.sheet.table, plain)
        if decision == "keep" and column == "value" and spec is None and "__" in self.sheet.table:
            decision = self.privacy.inside(self.sheet.table)
        return decision

    def _field(
        self,
        name: str,
        original: str,
        values: list[Any],
        spec: Declaration | TableSchema | Tree | None,
        level: int,
        verdict: Verdict,
    ) -> None:
        seen = set(map(type, values)) - {NoneType}
        if verdict == "drop":
            return
        stated = seen - _PLAIN
        if stated and verdict == "keep" and spec is None and len(seen) == 1:
            self._stated(name, original, values, next(iter(stated)))
            return
        if stated:
            values = [str(value) if type(value) in stated else value for value in values]
            seen = set(map(type, values)) - {NoneType}
        if verdict == "mask":
            masked = [self.privacy.masked(value) for value in values]
            self._text(name, original, masked, declared=isinstance(spec, Declaration))
        elif isinstance(spec, Declaration):
            self._declared(spec, name, original, values, seen)
        else:
            self._open(name, original, values, seen, spec, level)

    def _open(
        self,
        name: str,
        original: str,
        values: list[Any],
        seen: set[type],
        spec: TableSchema | Tree | None,
        level: int,
    ) -> None:
        """A nested object, a list, or a field that nobody declared."""
        flattens = isinstance(spec, dict) or (spec is None and level < self.depth)
        if dict in seen and flattens:
            inner = values if seen == {dict} and None not in values else _only(values, dict, EMPTY)
            self.flatten(inner, spec if isinstance(spec, dict) else {}, name, original, level + 1)
            seen, values = seen - {dict}, _without(values, seen, dict)
        if list in seen and (isinstance(spec, TableSchema) or (spec is None and self.listing)):
            self.lists[name] = _only(values, list, None)
            seen, values = seen - {list}, _without(values, seen, list)
        if spec is not None and seen - {dict, list}:
            values = self._plain_hidden(name, values)
            seen = set(map(type, values)) - {NoneType}
        if seen:
            self._undeclared(name, original, values, seen)

    def _plain_hidden(self, name: str, values: list[Any]) -> list[Any]:
        """Plain values in the place of an object or a list of which the rules hide a part: it may stand in them."""
        verdict = self.privacy.inside(self.sheet.table, name)
        if verdict == "keep":
            return values
        hidden = self.privacy.masked if verdict == "mask" else (lambda value: None)
        return [value if isinstance(value, dict | list) else hidden(value) for value in values]

    def _declared(
        self, spec: Declaration, name: str, original: str, values: list[Any], seen: set[type]
    ) -> None:
        kind = spec.type
        assert kind is not None, f"{name} is declared as a child table"
        if kind is ColumnType.JSON and self.privacy:
            values = [self.privacy.pruned(value, self.sheet.table, name) for value in values]
        names_row = spec.is_integer_id or (kind is ColumnType.INT and name in self.key)
        is_id = self.widens_ids and names_row
        fitted = parse_ids(values, seen) if is_id else parse(values, seen, kind)
        if is_id and not isinstance(fitted.values, pa.Array):
            array, _ = text_array(fitted.values)
            self.sheet.add(Column(name, array.type, original, declared=True, id=True), array)
        elif ARROW[kind] == pa.string():
            self._text(
                name,
                original,
                fitted.values,
                declared=True,
                json=kind is ColumnType.JSON,
                personal=spec.personal,
            )
        else:
            self.sheet.add(Column(name, ARROW[kind], original, True, id=is_id), fitted.values)
        if fitted.unfit or fitted.rounded or fitted.impossible:
            self._beside(name, original, values, fitted, spec.personal)
        impossible = [values[at] for at in fitted.impossible]
        self.issues.note(self.sheet.table, name, IMPOSSIBLE_TIME, impossible, personal=spec.personal)

    def _stated(self, name: str, original: str, values: list[Any], kind: type[Stated]) -> None:
        """A field that nobody declared and whose type the vendor states."""
        texts = [None if value is None else str(value) for value in values]
        parsed = parse(texts, {str}, kind.column_type)
        self.sheet.add(Column(name, ARROW[kind.column_type], original, stated=True), parsed.values)
        parsed = replace(parsed, unfit=[*parsed.unfit, *parsed.impossible], impossible=[])
        if parsed.unfit or parsed.rounded:
            self._beside(name, original, texts, parsed, personal=False)

    def _beside(self, name: str, original: str, values: list[Any], parsed: Parsed, personal: bool) -> None:
        """Keep what does not fit a declared column as it was sent, as text in a column of its own."""
        texts: list[str | None] = [None] * self.sheet.height
        for at in (*parsed.unfit, *parsed.rounded, *parsed.impossible):
            texts[at] = text_of(self.privacy.pruned(values[at], self.sheet.table, name))
        self._text(joined(name, "v_text"), original, texts, personal=personal, beside=name)
        for reason, places in ((UNFIT_VALUE, parsed.unfit), (ROUNDED_VALUE, parsed.rounded)):
            shown = [texts[at] for at in places]
            self.issues.note(self.sheet.table, name, reason, shown, personal=personal)

    def _undeclared(self, name: str, original: str, values: list[Any], seen: set[type]) -> None:
        nested = seen & {dict, list}
        if nested:
            values = [self._as_json(value, name) if type(value) in nested else value for value in values]
        json, seen = seen == nested, (seen - nested) | ({str} if nested else set())
        inferred = infer(values, seen)
        if isinstance(inferred, pa.Array):
            self.sheet.add(Column(name, inferred.type, original, wide=is_wide(inferred)), inferred)
        else:
            self._text(name, original, inferred, json=json)

    def _as_json(self, value: Any, name: str) -> str:
        return json_text(self.privacy.pruned(value, self.sheet.table, name))

    def _text(
        self,
        name: str,
        original: str,
        texts: Sequence[str | None],
        *,
        declared: bool = False,
        json: bool = False,
        personal: bool = False,
        beside: str = "",
    ) -> None:
        array, cleaned = text_array(texts)
        self.sheet.add(Column(name, array.type, original, declared, json, beside=beside), array)
        self.issues.note(
            self.sheet.table, name, CLEANED_TEXT, [texts[at] for at in cleaned], personal=personal
        )


def _only(values: list[Any], wanted: type, other: Any) -> list[Any]:
    return [value if type(value) is wanted else other for value in values]


def _without(values: list[Any], seen: set[type], taken: type) -> list[Any]:
    return values if seen == {taken} else [None if type(value) is taken else value for value in values]
