"""The command ``schema export``: the declared tables as JSON Schema, DBML or a Mermaid diagram."""

from __future__ import annotations

from collections.abc import Sequence

from fieldhouse.pipelines.config.account import vendor_named
from fieldhouse.pipelines.inspect.declared_schema import declared_tables
from fieldhouse.pipelines.inspect.schema_formats import dbml, json_schema, mermaid
from fieldhouse.pipelines.output.console import print_json, print_line
from fieldhouse.sources import VENDORS


def run(names: Sequence[str], form: str) -> int:
    """Print the tables of the named vendors, of all if none is named. Reads neither a vendor nor the warehouse.

    Args:
        form: ``json-schema``, ``dbml`` or ``mermaid``.
    """
    vendors = [vendor_named(name.partition(".")[0]) for name in dict.fromkeys(names)] or list(
        VENDORS.values()
    )
    tables = [table for vendor in vendors for table in declared_tables(vendor)]
    if form == "json-schema":
        print_json(json_schema(tables))
    else:
        print_line((dbml if form == "dbml" else mermaid)(tables).rstrip("\n"))
    return 0
