"""Names of tables at the destination: a resource may load into a table of another name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dlt.extract import DltResource

from fieldhouse.sources.engine.errors import FixSettings


@dataclass(frozen=True)
class TableNames:
    """What the tables of the inventory are called at the destination, where that is another name.

    A child table takes the name of its table: ``tickets__comments`` is ``desk__comments`` if ``tickets`` is ``desk``.
    """

    renamed: Mapping[str, str] = field(default_factory=dict)

    def stored(self, table: str) -> str:
        """The name at the destination of a table or child table."""
        root, separator, rest = table.partition("__")
        return f"{self.renamed.get(root, root)}{separator}{rest}"

    def declared(self, stored: str) -> str | None:
        """The table or child table that a name at the destination means; None if it means none any more."""
        for table, name in self.renamed.items():
            if stored == name or stored.startswith(f"{name}__"):
                return f"{table}{stored.removeprefix(name)}"
        return None if stored.partition("__")[0] in self.renamed else stored


def table_names(resources: Mapping[str, DltResource], naming: object) -> TableNames:
    """The names that ``apply_hints(table_name=…)`` gave to the tables of some resources.

    Args:
        naming: the naming convention of the schema.

    Raises:
        FixSettings: a name depends on rows, or two tables have one name.
    """
    names: dict[str, str] = {}
    for resource in resources.values():
        if not isinstance(resource.table_name, str):
            raise FixSettings(
                "a name of a table that depends on its rows is not supported: the rows of a table are compared with "
                "those that it has",
                do="Give apply_hints(table_name=...) a text.",
                where=resource.name,
            )
        name: str = naming.normalize_tables_path(resource.table_name)  # type: ignore[attr-defined]
        if name in names.values():
            raise FixSettings(
                f"another resource loads into the table {name} too",
                do="Give each resource a table of its own.",
                where=resource.name,
            )
        names[resource.name] = name
    return TableNames({table: name for table, name in names.items() if table != name})
