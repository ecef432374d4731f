"""The dbt project's sources: one file per vendor, written from the inventory of tables.

``python -m fieldhouse.pipelines.dbt_sources`` writes them; a test compares them with the inventory.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.spec.vendor import Vendor

FOLDER = Path(__file__).parent.parent / "warehouse" / "marts" / "models" / "sources"
_BOOKS = {
    "_syncs": "The books of all syncs: one row per run and table.",
    "_schema_changes": "Changes of the tables' columns.",
}


def source_file(vendor: Vendor) -> str:
    """The YAML of a vendor's source. Its schema is the vendor's name, or the dbt variable ``<vendor>_schema``.

    The age of a table is that of its last sync that succeeded, since a row that did not change keeps its own time.
    """
    name = vendor.name
    schema = f"{{{{ var('{name}_schema', '{name}') }}}}"
    lines = [
        "# Written by 'python -m fieldhouse.pipelines.dbt_sources' from the inventory of tables.",
        "sources:",
        f"  - name: {name}",
        f'    description: "{name} as fieldhouse syncs it: one schema per account, this one that of the first."',
        f'    schema: "{schema}"',
        "    config:",
        "      freshness:",
        "        warn_after: {count: 26, period: hour}",
        "        error_after: {count: 72, period: hour}",
        "    tables:",
        *_tables(vendor, schema),
    ]
    return "\n".join(lines) + "\n"


def _tables(vendor: Vendor, schema: str) -> Iterator[str]:
    for table in vendor.tables:
        good = "outcome in ('ok', 'not offered')" if table.is_optional else "outcome = 'ok'"
        read = f"select max(finished_at) from {schema}._syncs where {good} and table_name = '{table.name}'"
        yield f"      - name: {table.name}"
        if table.grain:
            yield f"        description: {json.dumps(table.grain, ensure_ascii=False)}"
        yield "        config:"
        yield f'          loaded_at_query: "{read}"'
    for name, text in _BOOKS.items():
        yield f"      - name: {name}"
        yield f'        description: "{text}"'
        yield "        config:"
        yield "          freshness: null"


def main() -> None:
    """Write the files of all vendors."""
    FOLDER.mkdir(exist_ok=True)
    for vendor in VENDORS.values():
        (FOLDER / f"{vendor.name}.yml").write_text(source_file(vendor), "utf-8")


if __name__ == "__main__":
    main()
