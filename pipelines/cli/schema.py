"""The commands ``schema diff``, ``schema show`` and ``schema export``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Optional

import typer

from .command import command
from .completion import complete_table
from .options import Json, Tables, Vendors, WarehouseUrl, load_settings

# ruff: noqa: UP045 - typer reads these

app = typer.Typer(no_args_is_help=True, help="Show, export and compare the columns of tables.")


class Format(StrEnum):
    """The formats of an export."""

    json_schema = "json-schema"
    dbml = "dbml"
    mermaid = "mermaid"


@app.callback()
def group() -> None:
    """Show, export and compare the columns of tables."""


@command(app)
def diff(
    vendors: Vendors = None,
    tables: Tables = None,
    since: Annotated[
        Optional[str],
        typer.Option(
            "--since",
            metavar="DATE",
            help="Show the changes since this date, not only those of the last run.",
        ),
    ] = None,
    fail: Annotated[
        bool, typer.Option("--exit-code", help="Exit 4 if anything changed or differs, 0 otherwise.")
    ] = False,
    warehouse: WarehouseUrl = None,
    as_json: Json = False,
) -> int:
    """Show what the last run changed in the tables, and where they differ from their declarations.

    Reads only the warehouse.
    """
    from fieldhouse.pipelines.commands.schema.diff import run
    from fieldhouse.pipelines.config.selection import day

    first = day(since, "--since")
    settings = load_settings(vendors, warehouse)
    return run(settings, vendors or (), tables or (), since=first, fail=fail, as_json=as_json)


@command(app)
def show(
    table: Annotated[
        str,
        typer.Argument(
            metavar="TABLE",
            help="A table or a child table, such as tickets or bossdesk.tickets__comments.",
            autocompletion=complete_table,
        ),
    ],
    as_json: Json = False,
) -> int:
    """Show the columns of a table with types, descriptions and relations, as they are declared."""
    from fieldhouse.pipelines.commands.schema.show import run

    return run(table, as_json=as_json)


@command(app)
def export(
    vendors: Vendors = None,
    form: Annotated[Format, typer.Option("--format", help="Use this format.")] = Format.json_schema,
) -> int:
    """Export the declared tables as JSON Schema, DBML or a Mermaid diagram."""
    from fieldhouse.pipelines.commands.schema.export import run

    return run(vendors or (), form.value)
