"""Empty columns: what a vendor with other field names than the declared ones leaves without a value in the marts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MARTS = "marts"
_EXPECTED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "jobs": ("true", ("number", "total")),
    "customers": ("true", ("name",)),
    "locations": ("kind IN ('customer site', 'service address')", ("street",)),
    "invoices": ("true", ("number", "total")),
}
"""Mart -> the rows and their columns that some row of an account fills, unless its vendor sends none of the fields that
they are made from."""


@dataclass(frozen=True)
class EmptyColumn:
    """A column of a mart that is null in all ``rows`` rows of an account."""

    mart: str
    column: str
    account: str
    rows: int


def empty_columns(
    fetch: Callable[[str], Sequence[tuple[Any, ...]]], marts: Collection[str]
) -> Iterator[EmptyColumn]:
    """The expected columns that no row of an account fills: the vendor sends other names, or not the field.

    Args:
        fetch: runs a query in the warehouse.
        marts: the marts that the warehouse has.
    """
    for mart, (condition, columns) in _EXPECTED.items():
        if mart not in marts:
            continue
        counts = ", ".join(f"count({column})" for column in columns)
        accounts = fetch(
            f"SELECT account, count(*), {counts} FROM {MARTS}.{mart} WHERE {condition}"
            " GROUP BY account ORDER BY account"
        )
        for account, total, *filled in accounts:
            for column, count in zip(columns, filled, strict=True):
                if not count:
                    yield EmptyColumn(mart, column, account, total)
