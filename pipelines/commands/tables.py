"""The inventory: every table of every vendor, as it is declared. The command ``tables``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from fieldhouse.pipelines.config.account import vendor_named
from fieldhouse.pipelines.output.console import print_grid, print_json, print_line
from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.spec.row import Declaration, declared
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.sources.engine.spec.vendor import Vendor

_HEADERS = ("table", "key", "how it is read", "deletes", "one row is", "child tables")


def run(names: Sequence[str], *, as_json: bool = False) -> int:
    """Print the inventory of the named vendors, of all where none is named."""
    vendors = [vendor_named(name.partition(".")[0]) for name in names] or list(VENDORS.values())
    if as_json:
        print_json({"vendors": {vendor.name: {"tables": _object(vendor)} for vendor in vendors}})
        return 0
    for vendor in vendors:
        print_line(f"{vendor.name} ({vendor.title}): {len(vendor.tables)} tables")
        print_grid(_HEADERS, [_row(table) for table in vendor.tables])
        print_line()
    return 0


def children(table: Table) -> list[str]:
    """The child tables that a table's rows declare, children of children included."""
    return list(_children(table.name, declared(table.row)))


def _children(above: str, columns: Iterable[Declaration]) -> Iterator[str]:
    for column in columns:
        if column.type is None:
            name = f"{above}__{column.name}"
            yield name
            yield from _children(name, column.children)


def _row(table: Table) -> list[str]:
    short = [name.removeprefix(f"{table.name}__") for name in children(table)]
    return [
        table.name,
        " ".join(table.key),
        f"{table.strategy}, if offered" if table.is_optional else table.strategy,
        table.deletes,
        table.grain.removeprefix("one row per ").removeprefix("one row: "),
        " ".join(short),
    ]


def _object(vendor: Vendor) -> dict[str, Any]:
    return {
        table.name: {
            "key": list(table.key),
            "strategy": table.strategy,
            "deletes": table.deletes,
            "optional": table.is_optional,
            "grain": table.grain,
            "children": children(table),
        }
        for table in vendor.tables
    }
