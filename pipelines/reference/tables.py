"""Reference pages of tables: a page for each vendor, and one for each table with an example query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from fieldhouse.pipelines.inspect.declared_schema import DeclaredColumn, DeclaredTable, declared_tables
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.sources.engine.spec.vendor import Vendor

from .text import cell

_READ = {
    "full": "read in full by every sync and compared row by row",
    "incremental": "read with an incremental filter, after the filter check",
    "incremental+detail": "read with an incremental filter, then one request per changed row",
    "window": "read by date windows",
    "per-parent": "read once for each row of the parent table",
    "derived": "taken from the rows of other tables",
}
_DELETES = {
    "full-scan": "a sweep of all keys detects deletes",
    "window-scan": "a sweep of all windows detects deletes",
    "replace-per-parent": "each read of a parent replaces its rows",
    "deleted-flag": "the vendor flags deleted rows",
    "never": "rows are never marked deleted",
}
_OPTIONAL = (
    "only some have the table: elsewhere a sync reports it as `not offered`, creates no table, exits 0, and asks again "
    "after a week or with `--full`"
)
_NAMES = (
    "name",
    "title",
    "username",
    "display_name",
    "screen_name",
    "full_name",
    "last_name",
    "number",
    "subject",
)


def vendor_page(vendor: Vendor) -> str:
    """Page of a vendor: its tables, with links to their pages, and the diagram of their relations."""
    lines = [
        f"# {vendor.title}",
        "",
        f"{len(vendor.tables)} tables in the schema `{vendor.name}` (a further account has its own: "
        f"`{vendor.name}_emea`). Every table also has `_synced_at`, `_deleted_at`, `_row_hash` and `_dlt_load_id`; "
        "child tables have `_parent_id` and `_list_index`. Undeclared fields that the vendor sends become columns "
        "in the same run.",
        "",
        "| table | one row is | key | how it is read | child tables |",
        "| --- | --- | --- | --- | --- |",
    ]
    every = declared_tables(vendor)
    for table in vendor.tables:
        key = ", ".join(f"`{column}`" for column in table.key)
        children = [f"`{other.name}`" for other in every if other.root == table.name and other.parent]
        grain = table.grain.removeprefix("one row per ").removeprefix("one row: ")
        lines.append(
            f"| [{table.name}]({vendor.name}/{table.name}.md) | {cell(grain)} | {key} | {table.strategy} |"
            f" {', '.join(children)} |"
        )
    lines += [
        "",
        "## Relations",
        "",
        f"![Tables of {vendor.title} and their relations]({vendor.name}.svg)",
        "",
    ]
    lines += [
        f"`fieldhouse schema export {vendor.name} --format mermaid` (or `dbml`, `json-schema`) exports the tables for"
        " other tools."
    ]
    return "\n".join(lines) + "\n"


def table_pages(vendor: Vendor) -> Mapping[str, str]:
    """Table -> its page."""
    every = declared_tables(vendor)
    return {table.name: _table_page(vendor, table, every) for table in vendor.tables}


def _table_page(vendor: Vendor, table: Table, every: Sequence[DeclaredTable]) -> str:
    own = next(one for one in every if one.name == table.name)
    children = [one for one in every if one.root == table.name and one.parent]
    key = ", ".join(f"`{column}`" for column in table.key)
    lines = [
        f"# {vendor.name}.{table.name}",
        "",
        f"{table.grain[:1].upper()}{table.grain[1:]}. Part of [{vendor.title}](../{vendor.name}.md).",
        "",
        "| | |",
        "| --- | --- |",
        f"| Key | {key} |",
        f"| Path | `{table.path}` |",
        f"| Reading | {_READ[table.strategy]} |",
        f"| Deletes | {_DELETES[table.deletes]} |",
        *([f"| Accounts | {_OPTIONAL} |"] if table.is_optional else []),
        *(
            [
                f"| [Row filters](../../../row-filters.md) | {', '.join(f'`{name}`' for name in table.filters)} |"
            ]
            if table.filters
            else []
        ),
        *([f"| Child tables | {', '.join(f'`{one.name}`' for one in children)} |"] if children else []),
        "",
        "## Columns",
        "",
        *_columns(own.columns),
    ]
    for child in children:
        lines += ["", f"## {child.name}", "", *_columns(child.columns)]
    lines += ["", *_relations(own, children, every)]
    lines += ["## Example", "", "```sql", example_query(own, every), "```"]
    return "\n".join(lines) + "\n"


def _columns(columns: Iterable[DeclaredColumn]) -> Iterator[str]:
    yield from ("| column | type | description |", "| --- | --- | --- |")
    for column in columns:
        name = f"**`{column.name}`**" if column.is_key else f"`{column.name}`"
        yield f"| {name} | {column.type} | {cell(_meaning(column))} |"


def _meaning(column: DeclaredColumn) -> str:
    parts = [
        column.description,
        f"→ `{column.references}`" if column.references else "",
        f"such as `{column.example}`" if column.example not in (None, "") else "",
        "personal" if column.is_personal else "",
    ]
    return "; ".join(part for part in parts if part)


def _relations(
    own: DeclaredTable, children: Sequence[DeclaredTable], every: Sequence[DeclaredTable]
) -> Iterator[str]:
    roots = {table.name: table.root for table in every}
    to = [
        (f"{table.name}.{column}", other, key)
        for table in (own, *children)
        for column, other, key in table.relations
        if roots.get(other, own.name) != own.name or table is own
    ]
    by = [
        (f"{table.name}.{column}", table.root, key)
        for table in every
        for column, other, key in table.relations
        if other == own.name and table.root != own.name
    ]
    if not to and not by:
        return
    yield from ("## Relations", "", "| column | refers to |", "| --- | --- |")
    for column, other, key in to:
        yield f"| `{column}` | [{other}.{key}]({roots[other]}.md) |"
    for column, root, key in by:
        yield f"| [{column}]({root}.md) | `{own.name}.{key}` |"
    yield ""


def example_query(table: DeclaredTable, every: Sequence[DeclaredTable]) -> str:
    """A query that a reader can start from: rows by a related table, or the newest rows."""
    tables = {other.name: other for other in every}
    place = f"{table.vendor}.{table.name}"
    for column, other, key in table.relations:
        label = _label(tables[other]) if other in tables else ""
        if label and other != table.name and not tables[other].parent:
            return "\n".join(
                [
                    f"SELECT {other}.{_quoted(label)}, count(*) AS {table.name}",
                    f"FROM {place} AS this",
                    f"LEFT JOIN {table.vendor}.{other} AS {other} ON {other}.{_quoted(key)} = this.{_quoted(column)}",
                    "WHERE this._deleted_at IS NULL",
                    f"GROUP BY {other}.{_quoted(label)}",
                    f"ORDER BY {table.name} DESC",
                    "LIMIT 10;",
                ]
            )
    texts = [column.name for column in table.columns if column.type == "text" and not column.is_added]
    shown = list(dict.fromkeys([*table.key, *texts[:3]]))
    times = [
        column.name
        for column in table.columns
        if column.type in ("timestamp", "date") and not column.is_added
    ]
    newest = next((name for name in times if "updated" in name), times[0] if times else "_synced_at")
    columns = ", ".join(_quoted(name) for name in dict.fromkeys([*shown, newest]))
    return "\n".join(
        [
            f"SELECT {columns}",
            f"FROM {place}",
            "WHERE _deleted_at IS NULL",
            f"ORDER BY {_quoted(newest)} DESC",
            "LIMIT 10;",
        ]
    )


def _label(table: DeclaredTable) -> str:
    """The column that names a row for people; empty if there is none."""
    texts = [column.name for column in table.columns if column.type == "text" and not column.is_added]
    return next((name for name in _NAMES if name in texts), "")


def _quoted(name: str) -> str:
    return (
        name
        if name not in ("order", "group", "from", "to", "end", "start", "user", "number", "value")
        else f'"{name}"'
    )
