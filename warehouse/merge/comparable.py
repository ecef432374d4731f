"""What a column holds in a form that is equal for equal values, whatever else landed together with them.

A column that nobody declared lands in the type that all values of a batch allow: `true` lands as a boolean among
booleans and as text beside a text, `5` as a double beside 2.5. Where such a value is stored, in the column or in one of
its variants, depends on that too. So a column and its variants are compared as one text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fieldhouse.warehouse.drivers.dialect import Dialect
from fieldhouse.warehouse.model import LOGICAL_TYPES

from .cast import cast
from .evolve import variant_name

_WHOLE = "^-?[0-9]+[.]0$"


def variants_of(types: Mapping[str, str]) -> dict[str, list[str]]:
    """The variants of each column that has some; JSON stands for itself."""
    kinds = [kind for kind in LOGICAL_TYPES if kind != "json"]
    found = {
        column: [name for kind in kinds if types.get(name := variant_name(column, kind)) == kind]
        for column, own in types.items()
        if own != "json"
    }
    return {column: names for column, names in found.items() if names}


def comparable(
    dialect: Dialect,
    value: Callable[[str], str],
    types: Mapping[str, str],
    column: str,
    variants: list[str],
    *,
    declared: bool,
) -> str:
    """The value of a column with its variants, as an SQL expression.

    Args:
        value: the expression of each column.
        declared: whether the column's type is the same in every batch.
    """
    kind = types[column]
    if variants:
        parts = [_text(dialect, value(name), types[name]) for name in (column, *variants)]
        empty = " AND ".join(f"{value(name)} IS NULL" for name in (column, *variants))
        return f"CASE WHEN NOT ({empty}) THEN concat_ws(chr(31), {', '.join(parts)}) END"
    if kind == "json":
        return dialect.comparable_json(value(column))
    return _whole(dialect, value(column)) if kind == "text" and not declared else value(column)


def _text(dialect: Dialect, value: str, kind: str) -> str:
    text = cast(dialect, value, kind, "text").value
    return _whole(dialect, text) if kind in ("text", "double") else text


def _whole(dialect: Dialect, text: str) -> str:
    """A text without the `.0` that a whole number has where it landed as a double."""
    return f"CASE WHEN {dialect.matches(text, _WHOLE)} THEN left({text}, length({text}) - 2) ELSE {text} END"
