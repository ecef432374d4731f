"""Row selection: the rows of a table that the setting ``where`` asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fieldhouse.sources.engine.http.pagination import merged

from .naming import resolved, snake_case
from .row_filter import RowFilter, as_text
from .table import Table

Where = Mapping[str, tuple[str, ...]]
"""Field -> the values that it may have, as text."""


class RowSelection:
    """The filters of one table; false if it has none.

    Args:
        where: the setting for this table; its fields are filters of the table.
    """

    def __init__(self, table: Table, where: Where) -> None:
        self.where = where
        self._filters: dict[str, RowFilter] = {field: table.filters[field] for field in where}

    def __bool__(self) -> bool:
        return bool(self.where)

    @property
    def params(self) -> Mapping[str, Any]:
        """The parameters that restrict the list."""
        return self._params(self.where)

    @property
    def columns(self) -> list[str]:
        """The warehouse's columns by which stored rows are judged."""
        return [rule.stored_column for rule in self._filters.values() if rule.column]

    @property
    def is_visible(self) -> bool:
        """True if records show whether they meet all filters."""
        return all(rule.column for rule in self._filters.values())

    def other_params(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Each filter that records do not show, with parameters that ask for rows that do not meet it."""
        for field, rule in self._filters.items():
            if rule.other:
                yield field, self._params({**self.where, field: (rule.other(self.where[field][0]),)})

    def is_outside(self, record: Mapping[str, Any]) -> str:
        """The first field by which a record does not meet the filters, as far as it shows that; empty if it may."""
        for field, rule in self._filters.items():
            if rule.column and not rule.accepts(_value(record, rule.column), self.where[field]):
                return field
        return ""

    def is_stored_outside(self, value: Callable[[str], Any]) -> bool:
        """True if a stored row does not meet the filters.

        Args:
            value: column -> its value in the row; None may mean that it is not stored.
        """
        return any(
            not rule.accepts(stored, self.where[field])
            for field, rule in self._filters.items()
            if rule.column and (stored := value(rule.stored_column)) is not None
        )

    def __str__(self) -> str:
        return described(self.where)

    def _params(self, where: Where) -> Mapping[str, Any]:
        params: Mapping[str, Any] = {}
        for field, values in where.items():
            params = merged(params, self._filters[field].params(values))
        return params


def described(where: Where) -> str:
    """The filters in words: ``status = open and workgroup in (1, 2)``."""
    return " and ".join(
        f"{field} = {values[0]}" if len(values) == 1 else f"{field} in ({', '.join(values)})"
        for field, values in sorted(where.items())
    )


def normalized(values: Any) -> tuple[str, ...]:
    """The values of a filter as text, each once."""
    many = values if isinstance(values, (list, tuple)) else [values]
    return tuple(dict.fromkeys(as_text(value) for value in many))


def _value(record: Mapping[str, Any], column: str) -> Any:
    value: Any = record
    for part in column.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part) if part in value else _by_snake_case(value, part)
    return value


def _by_snake_case(record: Mapping[str, Any], name: str) -> Any:
    names = resolved(tuple(record))
    return next((value for key, value in record.items() if names[key] == snake_case(name)), None)
