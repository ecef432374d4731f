"""Ransack as BOSSDesk's lists use it: ``q[<attribute>_<predicate>]`` and ``q[s]``.

Ransack drops, without a word, a condition whose attribute or predicate it does not know, whose value is blank
or cannot be read as the attribute's type, and a sort that is not allowed. So does this.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fieldhouse.sources.sandbox.sandbox import iso

_PREDICATES: dict[str, Callable[[Any, Any], bool]] = {
    "not_eq": operator.ne,
    "gteq": operator.ge,
    "lteq": operator.le,
    "cont": lambda value, expected: str(expected).lower() in str(value).lower(),
    "eq": operator.eq,
    "gt": operator.gt,
    "lt": operator.lt,
}
_CONDITION = re.compile(rf"q\[(\w+?)_({'|'.join(_PREDICATES)})\]")
_FLAGS = {"online", "is_agent"}
_NUMBERS = {"id", "friendly_id", "lock_version"}


@dataclass(frozen=True)
class Condition:
    """One condition that Ransack understood. ``wanted`` has the attribute's own type; times are text."""

    attribute: str
    predicate: str
    value: str | int | bool

    def holds(self, value: Any) -> bool:
        """As in SQL, nothing compares with null."""
        return value is not None and _PREDICATES[self.predicate](value, self.value)


@dataclass(frozen=True)
class Search:
    """What a list is asked for: conditions that must all hold, and the order (None: the list's own)."""

    conditions: tuple[Condition, ...] = ()
    sort: tuple[str, bool] | None = None


def search(query: Mapping[str, list[str]], known: Collection[str]) -> Search:
    """Read the query of a list whose searchable attributes are ``known``."""
    parsed = [_condition(name, values[-1], known) for name, values in query.items()]
    return Search(tuple(one for one in parsed if one), _sort(query.get("q[s]", [""])[-1], known))


def _condition(name: str, value: str, known: Collection[str]) -> Condition | None:
    match = _CONDITION.fullmatch(name)
    if not match or match[1] not in known or not value:
        return None
    expected = _cast(match[1], value)
    return None if expected is None else Condition(match[1], match[2], expected)


def _cast(attribute: str, value: str) -> str | int | bool | None:
    if attribute in _FLAGS:
        return {"true": True, "1": True, "false": False, "0": False}.get(value.lower())
    if attribute in _NUMBERS:
        return int(value) if value.lstrip("-").isdigit() else None
    if not attribute.endswith("_at"):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return iso(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _sort(text: str, known: Collection[str]) -> tuple[str, bool] | None:
    """Attribute and whether descending, of ``updated_at asc``."""
    attribute, _, direction = text.strip().partition(" ")
    return (attribute, direction.strip().lower() == "desc") if attribute in known else None
