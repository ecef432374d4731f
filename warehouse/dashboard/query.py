"""The queries as they are asked: each from its `.sql` file, with the filters of the page written into it as literals.

In a file, `:name` stands for a value, or for one of `EXPRESSIONS`. A line that names a choice which was not made is
left out, so a query that is shown is exactly the query that ran, and runs unchanged in any client. A line with
`:schema` is written once per account, with `union all` between.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from fieldhouse.warehouse.drivers.sql import literal, quote

_FOLDER = Path(__file__).parent / "queries"
_NAME = re.compile(r"(?<![:\w]):([a-z_]+)\b")
EXPRESSIONS = {"currency": "coalesce(currency, 'currency of ' || account)"}
"""Placeholders that stand for SQL: an amount of an account without a currency is in one of its own."""

_MART = re.compile(r"\bmarts\.(\w+)")


@dataclass(frozen=True)
class Choice:
    """What a reader of the page chose; empty or None is everything.

    `every_account` are the schemas in which there are books of syncs, `accounts` those of them that were chosen.
    """

    every_account: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    max_age_hours: float = 24.0


@cache
def text(name: str) -> str:
    """The query's file. Its first line is a comment: the grain."""
    return (_FOLDER / f"{name}.sql").read_text("utf-8")


def names() -> list[str]:
    """Every query that there is."""
    return sorted(path.stem for path in _FOLDER.glob("*.sql"))


def marts(name: str) -> frozenset[str]:
    """The marts that a query reads."""
    return frozenset(_MART.findall(text(name)))


def grain(name: str) -> str:
    """The first line of a query: what one row is."""
    return text(name).partition("\n")[0].removeprefix("-- ")


def render(name: str, choice: Choice) -> str:
    """The query as it is asked."""
    lines: list[str] = []
    for line in text(name).rstrip("\n").splitlines():
        if ":schema" in line:
            lines.extend(_per_account(line, choice.accounts or choice.every_account))
            continue
        values = {placeholder: _value(placeholder, choice) for placeholder in _NAME.findall(line)}
        if all(value is not None for value in values.values()):
            lines.append(_NAME.sub(lambda match, values=values: str(values[match[1]]), line))  # type: ignore[misc]
    return "\n".join(lines)


def _value(name: str, choice: Choice) -> str | None:
    if name in EXPRESSIONS:
        return EXPRESSIONS[name]
    chosen = {
        "accounts": choice.accounts,
        "teams": choice.teams,
        "first_day": choice.first_day,
        "last_day": choice.last_day,
        "max_age_hours": f"{choice.max_age_hours:g}",
    }[name]
    if isinstance(chosen, tuple):
        return ", ".join(literal(option) for option in chosen) or None
    if isinstance(chosen, date):
        return f"date '{chosen.isoformat()}'"
    return chosen


def _per_account(line: str, accounts: Sequence[str]) -> list[str]:
    """The line for each account; `union all` stands on lines of its own."""
    indent = line[: len(line) - len(line.lstrip())]
    lines: list[str] = []
    for account in accounts:
        lines += [f"{indent}union all"] if lines else []
        named = line.replace(":account_name", literal(account)).replace(":schema", quote(account))
        lines.append(named)
    return lines
