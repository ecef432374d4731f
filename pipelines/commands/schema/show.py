"""The command ``schema show``: a table's columns with types, descriptions and relations."""

from __future__ import annotations

from typing import Any

from fieldhouse.pipelines.config.account import did_you_mean
from fieldhouse.pipelines.inspect.declared_schema import DeclaredTable, declared_tables
from fieldhouse.pipelines.output.console import print_grid, print_json, print_line
from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.errors import FixSettings

_HEADERS = ("column", "type", "key", "refers to", "description")


def run(name: str, *, as_json: bool = False) -> int:
    """Print the declared columns of a table, ``table`` or ``vendor.table``, and the names of its child tables.

    Raises:
        FixSettings: no vendor has such a table.
    """
    tables = _named(name)
    if as_json:
        print_json({"tables": [_object(table) for table in tables]})
        return 0
    for table in tables:
        print_line(f"{table.vendor}.{table.name}: {table.grain}")
        rows = [
            [
                column.name,
                column.type,
                "key" if column.is_key else "",
                column.references,
                column.description,
            ]
            for column in table.columns
        ]
        print_grid(_HEADERS, rows)
        children = [
            other.name for other in declared_tables(VENDORS[table.vendor]) if other.parent == table.name
        ]
        if children:
            print_line(f"child tables: {', '.join(children)}")
        print_line()
    return 0


def _named(name: str) -> list[DeclaredTable]:
    vendor, _, table = name.rpartition(".")
    vendors = [VENDORS[vendor]] if vendor in VENDORS else [] if vendor else list(VENDORS.values())
    known = [declared for declaring in vendors for declared in declared_tables(declaring)]
    matching = [declared for declared in known if declared.name == table]
    if not matching:
        hint = did_you_mean(name, [f"{vendor}.{one.name}" if vendor else one.name for one in known])
        raise FixSettings(
            f"no table is called {name!r}.",
            do=f"{hint} 'fieldhouse tables' lists them.".lstrip(),
            where="TABLE",
        )
    return matching


def _object(table: DeclaredTable) -> dict[str, Any]:
    return {
        "vendor": table.vendor,
        "table": table.name,
        "grain": table.grain,
        "key": list(table.key),
        "parent": table.parent or None,
        "columns": [
            {
                "name": column.name,
                "type": column.type,
                "description": column.description,
                "references": column.references or None,
                "added": column.is_added,
                "personal": column.is_personal,
            }
            for column in table.columns
        ],
    }
