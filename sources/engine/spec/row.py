"""What a vendor declares about a row: the documented columns with their kinds, units and relations.

A row model is a declaration only. Records are never validated through it: what is not declared arrives all
the same, and a value that does not fit its kind is kept beside its column (see ``columns``).
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo

from .naming import is_column_name, joined, snake_case


class ColumnType(Enum):
    """How a declared column reads what the vendor sends. The value is the name for people."""

    TEXT = "text"
    ID = "id"
    FOREIGN_KEY = "reference"
    INT = "integer"
    FLOAT = "number"
    DECIMAL = "decimal"
    BOOL = "boolean"
    TIMESTAMP = "timestamp"
    EPOCH = "timestamp from seconds"
    DATE = "date"
    JSON = "json"


Text = Annotated[str | None, ColumnType.TEXT]
"""A string as sent, ``""`` included; a number or a boolean becomes its JSON text."""
Id = Annotated[str | None, ColumnType.ID]
"""Like Text, and ``""`` is null."""
ForeignKey = Annotated[str | None, ColumnType.FOREIGN_KEY]
"""Like Id, and ``"0"`` (0) is null too: the way a vendor writes "none"."""
Int = Annotated[int | None, ColumnType.INT]
"""64 bit; numeric strings are parsed, ``""`` is null."""
Float = Annotated[float | None, ColumnType.FLOAT]
"""64-bit float; numeric strings are parsed, ``""`` is null. Integers that a float cannot hold do not fit."""
Decimal = Annotated[str | None, ColumnType.DECIMAL]
"""decimal(38, 9), from strings or numbers; ``""`` is null. More places are rounded, and kept as text besides."""
Bool = Annotated[bool | None, ColumnType.BOOL]
"""true, false, ``"true"``, ``"false"``, 0, 1, ``"0"``, ``"1"``; ``""`` is null; nothing else fits."""
Timestamp = Annotated[str | None, ColumnType.TIMESTAMP]
"""An instant in microseconds (finer digits are cut): ISO 8601 with an offset, else UTC. ``""`` is null."""
Epoch = Annotated[int | None, ColumnType.EPOCH]
"""An instant sent as seconds since 1970 in UTC, with fractions down to microseconds; ``""`` is null."""
Date = Annotated[str | None, ColumnType.DATE]
"""A calendar day without a zone, ``YYYY-MM-DD``; ``""`` is null."""
Json = Annotated[Any, ColumnType.JSON]
"""Any value, kept as JSON text and never flattened."""


Alias = str | Callable[[Mapping[str, Any]], Any]
"""Another key of the same object, or what is made of that object; None for nothing."""

OURS = frozenset({"_synced_at", "_deleted_at", "_row_hash", "_list_hash", "_dlt_load_id"})
"""Columns that every table has, whatever its rows declare."""


class Row(BaseModel):
    """A row of a table: fields named as the final columns, every one optional.

    A nested Row flattens (``agent__username``), ``list[Row]`` is a child table, ``list[Text]`` (or another
    kind) is a child table with one column ``value``. A vendor's key belongs to the field whose name is its
    snake_case.
    """

    model_config = ConfigDict(extra="allow", protected_namespaces=(), defer_build=True)


@dataclass(frozen=True)
class Declaration:
    """One declared column, or one declared child table (``kind`` is None and ``children`` are its columns).

    ``path`` leads from the row of the table to the field, ``name`` is the path joined by ``__``: the
    column's name, or what follows ``table__`` in the child table's. ``references`` is ``table.column``;
    ``unit`` and ``zone`` describe what the value does not contain.
    """

    path: tuple[str, ...]
    name: str
    type: ColumnType | None
    description: str = ""
    unit: str | None = None
    zone: str | None = None
    references: str | None = None
    personal: bool = False
    example: Any = None
    children: tuple[Declaration, ...] = ()

    @property
    def is_integer_id(self) -> bool:
        """True if it is declared as an integer and names a row: the vendor may give its ids another form."""
        return self.type is ColumnType.INT and (self.path[-1] == "id" or self.references is not None)


def column(
    description: str,
    *,
    unit: str | None = None,
    zone: str | None = None,
    references: str | None = None,
    personal: bool = False,
    example: Any = None,
    name: str | None = None,
    aliases: tuple[Alias, ...] = (),
) -> Any:
    """A field with what a reader of the warehouse needs to know.

    Args:
        description: one sentence; the vendor's page or line where it matters.
        unit: of the value, as ``minutes`` or ``USD``.
        zone: of a time that carries none, as ``organization``.
        references: the column it points to, as ``accounts.id``.
        personal: whether it describes a person; its values never appear in a report.
        example: a value as the vendor sends it.
        name: the column's name where Python allows no field of that name (``_24_hour_clock``, ``from``,
            ``schema``).
        aliases: other keys of the same object under which the vendor may send it, or functions of that object; the
            first that gives a value fills the field if it is absent or null (see ``aliases``).
    """
    extra: JsonDict = {
        "unit": unit,
        "zone": zone,
        "references": references,
        "personal": personal,
        "column": name,
    }
    info = _described(description, extra, example)
    if aliases:
        info.metadata.append(_Aliases(aliases))
    return info


def added(
    description: str, *, references: str | None = None, personal: bool = False, example: Any = None
) -> Any:
    """A column that we add to a row of a table: the field ``start_date_utc`` becomes ``_start_date_utc``.

    A vendor's ``shape`` puts the value into the record under the column's name.
    """
    return _described(description, {"references": references, "personal": personal, "added": True}, example)


@dataclass(frozen=True)
class _Aliases:
    """Marks a field with its other names."""

    names: tuple[Alias, ...]


def aliases_of(model: type[Row]) -> Iterator[tuple[str, tuple[Alias, ...], type[Row] | None]]:
    """Each field of a row: its column name, its aliases, and the row inside it (of an object or of a list)."""
    for field, info in model.model_fields.items():
        aliases = next((mark.names for mark in info.metadata if isinstance(mark, _Aliases)), ())
        meaning = _meaning(info.annotation, tuple(info.metadata))
        inner = meaning[0] if isinstance(meaning, tuple) else meaning
        row = inner if inspect.isclass(inner) and issubclass(inner, Row) else None
        yield _extra(info).get("column") or field, aliases, row


def _described(description: str, extra: JsonDict, example: Any) -> Any:
    shown: JsonDict = {key: value for key, value in extra.items() if value}
    examples = None if example is None else [example]
    return Field(default=None, description=description, examples=examples, json_schema_extra=shown)


def declared(model: type[Row]) -> list[Declaration]:
    """Columns and child tables of a row model, in declared order, children inside their table.

    Raises:
        TypeError: a field of a type that is no kind, no Row and no list of one.
        ValueError: a name that is not the snake_case of any vendor name, a name twice, a model inside itself.
    """
    return list(_declared(model))


@lru_cache(maxsize=1024)
def _declared(model: type[Row]) -> tuple[Declaration, ...]:
    declarations = tuple(_fields(model, (), (model,)))
    _refuse_twice(model, declarations)
    return declarations


def _refuse_twice(model: type[Row], declarations: tuple[Declaration, ...]) -> None:
    names = [declaration.name for declaration in declarations]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{model.__name__} declares {', '.join(twice)} more than once")


def _fields(model: type[Row], path: tuple[str, ...], within: tuple[type[Row], ...]) -> list[Declaration]:
    declarations: list[Declaration] = []
    for field, info in model.model_fields.items():
        extra = _extra(info)
        name = extra.get("column") or field
        if not is_column_name(name):
            raise ValueError(f"{model.__name__}.{field}: {name!r} is not a column name in snake_case")
        if extra.get("added"):
            if path or f"_{name}" in OURS:
                raise ValueError(f"{model.__name__}.{field}: _{name} cannot be added here")
            name = snake_case(f"_{name}")
        declarations.extend(_field(model, info, (*path, name), within))
    return declarations


def _field(
    model: type[Row], info: FieldInfo, path: tuple[str, ...], within: tuple[type[Row], ...]
) -> list[Declaration]:
    meaning = _meaning(info.annotation, tuple(info.metadata))
    if isinstance(meaning, ColumnType):
        return [_declaration(path, meaning, info)]
    if isinstance(meaning, tuple):
        return [_declaration(path, None, info, _items(model, meaning[0], info, path, within))]
    if meaning is None:
        raise TypeError(
            f"{model.__name__}.{path[-1]}: {info.annotation!r} is no kind, no Row and no list of one"
        )
    return _fields(meaning, path, _deeper(meaning, path, within))


def _items(
    model: type[Row],
    item: ColumnType | type[Row],
    info: FieldInfo,
    path: tuple[str, ...],
    within: tuple[type[Row], ...],
) -> tuple[Declaration, ...]:
    if isinstance(item, ColumnType):
        return (_declaration(("value",), item, info),)
    declarations = tuple(_fields(item, (), _deeper(item, path, within)))
    _refuse_twice(model, declarations)
    return declarations


def _deeper(model: type[Row], path: tuple[str, ...], within: tuple[type[Row], ...]) -> tuple[type[Row], ...]:
    if model in within:
        raise ValueError(f"{model.__name__} holds itself at {'.'.join(path)}; declare that field as Json")
    return (*within, model)


def _meaning(annotation: Any, metadata: tuple[Any, ...] = ()) -> Any:
    """A Kind, a Row class, a one-tuple of either for a list, or None for anything else."""
    kind = next((mark for mark in metadata if isinstance(mark, ColumnType)), None)
    if kind is not None:
        return kind
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _meaning(arguments[0], arguments[1:])
    if origin in (Union, types.UnionType):
        options = [argument for argument in arguments if argument is not type(None)]
        return _meaning(options[0]) if len(options) == 1 else None
    if origin is list:
        item = _meaning(arguments[0])
        return (item,) if item is not None and not isinstance(item, tuple) else None
    return annotation if inspect.isclass(annotation) and issubclass(annotation, Row) else None


def _declaration(
    path: tuple[str, ...], kind: ColumnType | None, info: FieldInfo, children: tuple[Declaration, ...] = ()
) -> Declaration:
    extra = _extra(info)
    name = ""
    for part in path:
        name = joined(name, part)
    if extra.get("added"):
        name = name.removeprefix("x")
    return Declaration(
        path=path,
        name=name,
        type=kind,
        description=info.description or "",
        unit=extra.get("unit"),
        zone=extra.get("zone"),
        references=extra.get("references"),
        personal=bool(extra.get("personal")),
        example=info.examples[0] if info.examples else None,
        children=children,
    )


def _extra(info: FieldInfo) -> dict[str, Any]:
    return info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
