"""The command ``schema diff``."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from .command import command
from .options import Json, Tables, Vendors, WarehouseUrl, load_settings

# ruff: noqa: UP045 - typer reads these

app = typer.Typer(no_args_is_help=True, help="Compare table columns with their declarations.")


@app.callback()
def group() -> None:
    """Compare table columns with their declarations."""


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
