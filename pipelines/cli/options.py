"""Options that several commands share, and the settings that a command starts with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from .completion import complete_table, complete_vendor

if TYPE_CHECKING:
    from fieldhouse.pipelines.config.settings import Settings

# ruff: noqa: UP045 - typer reads these

Vendors = Annotated[
    Optional[list[str]],
    typer.Argument(
        metavar="[VENDOR]...",
        help="Vendors or accounts, such as bossdesk.emea; all configured ones by default.",
        autocompletion=complete_vendor,
    ),
]
Tables = Annotated[
    Optional[list[str]],
    typer.Option(
        "--tables",
        metavar="GLOB",
        help="Limit the command to these tables; can be repeated or hold commas.",
        autocompletion=complete_table,
    ),
]
WarehouseUrl = Annotated[
    Optional[str],
    typer.Option(
        "--warehouse",
        metavar="URL",
        help="Use this warehouse, duckdb:///file.duckdb or postgresql://…, instead of the configured one.",
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object, and nothing else, on standard output.")
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Report every table, not only those that changed.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Log everything, with tracebacks but without secrets.")]
Full = Annotated[bool, typer.Option("--full", help="Read all rows again.")]
Sweep = Annotated[bool, typer.Option("--sweep", help="Look for deleted rows in this run.")]
Since = Annotated[
    Optional[str],
    typer.Option("--since", metavar="DATE", help="Backfill from this date. Does not change the sync state."),
]
Until = Annotated[
    Optional[str], typer.Option("--until", metavar="DATE", help="Backfill up to this date, inclusive.")
]


def load_settings(names: list[str] | None = None, warehouse: str | None = None) -> Settings:
    """The settings; their warnings are logged.

    Args:
        names: vendors or accounts that the command is about.
        warehouse: the address from the command line, which wins over the settings.

    Raises:
        FixSettings: a setting that is wrong, or no such vendor.
    """
    from fieldhouse.pipelines.config.account import vendor_named
    from fieldhouse.pipelines.config.settings import load
    from fieldhouse.pipelines.output.console import log_line

    for name in names or ():
        vendor_named(name.partition(".")[0])
    settings = load(only=names or (), warehouse_url=warehouse)
    for warning in settings.warnings:
        log_line(f"warning: {warning}")
    return settings
