"""Row filters: by which fields a vendor's list can be restricted, and how that is checked.

A vendor may ignore a filter without a word. A filter on a ``column`` is checked by every record that the list returns.
A filter on something that records do not show is checked by ``other``: a list that is asked for another value holds no
row of the first one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .naming import joined, snake_case

NOBODY = "999999999"
"""A number that no record has."""


@dataclass(frozen=True, kw_only=True)
class RowFilter:
    """One field by which a list can be filtered.

    Attributes:
        params: the values -> parameters of the list.
        column: where a record holds the value, in the vendor's names, with dots into nested objects; None if it does
            not show it.
        other: a value -> a value that no row has at the same time; needed if there is no ``column``.
        values: the only values that the vendor takes; empty if any may come.
        takes_many: several values can be asked for at once.
        none: the value that stands for an empty field.
    """

    params: Callable[[Sequence[str]], Mapping[str, Any]]
    column: str | None = None
    other: Callable[[str], str] | None = None
    values: tuple[str, ...] = ()
    takes_many: bool = False
    none: str = ""

    @property
    def stored_column(self) -> str:
        """The warehouse's column of ``column``; empty without one."""
        name = ""
        for part in (self.column or "").split("."):
            name = joined(name, snake_case(part))
        return name if self.column else ""

    def accepts(self, value: Any, wanted: Sequence[str]) -> bool:
        """True if a field with this value meets the filter; case is ignored, as databases of vendors may ignore it."""
        if self.values == BOOLEANS:
            value = bool(value) and as_text(value).casefold() not in ("0", "false")
        text = as_text(value) or self.none
        return text.casefold() in {one.casefold() for one in wanted}


BOOLEANS = ("true", "false")


def as_text(value: Any) -> str:
    """A value as a filter has it: true and false in words, nothing as an empty text."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
