"""The command ``schema diff``."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from .options import Debug, Json, Tables, Vendors, WarehouseUrl, configured, end

# ruff: noqa: UP045 - typer reads these

app = typer.Typer(no_args_is_help=True, help="The tables' columns: what changed, and what nobody declared.")


@app.callback()
def group() -> None:
    """The tables' columns: what changed, and what nobody declared."""


@app.command("diff")
def diff(
    vendors: Vendors = None,
    tables: Tables = None,
    since: Annotated[
        Optional[str],
        typer.Option(
            "--since", metavar="DATE", help="Changes from this day on, instead of those of the last run."
        ),
    ] = None,
    fail: Annotated[
        bool, typer.Option("--exit-code", help="Exit 4 where anything changed or differs; 0 otherwise.")
    ] = False,
    warehouse: WarehouseUrl = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """What the last run changed in the tables, and where they differ from the declared rows; asks no vendor."""

    def body() -> int:
        from fieldhouse.pipelines.commands.schema_diff import run
        from fieldhouse.pipelines.config.selection import day

        first = day(since, "--since")
        settings = configured(vendors, warehouse)
        return run(settings, vendors or (), tables or (), since=first, fail=fail, as_json=as_json)

    end(body, as_json=as_json, debug=debug)
