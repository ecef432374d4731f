"""What the commands of the command line share: options by name, the settings, and the way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, NoReturn, Optional

import typer

if TYPE_CHECKING:
    from fieldhouse.pipelines.config.settings import Settings

# ruff: noqa: UP045 - typer reads these

Vendors = Annotated[
    Optional[list[str]],
    typer.Argument(
        metavar="[VENDOR]...", help="Vendors or accounts (bossdesk.emea); all that are configured by default."
    ),
]
Tables = Annotated[
    Optional[list[str]],
    typer.Option("--tables", metavar="GLOB", help="Only these tables; may be repeated, or hold commas."),
]
WarehouseUrl = Annotated[
    Optional[str],
    typer.Option(
        "--warehouse", metavar="URL", help="duckdb:///file.duckdb or postgresql://…; the setting by default."
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="One JSON object on standard output, and nothing else there.")
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Tell of every table.")]
Debug = Annotated[bool, typer.Option("--debug", help="Log everything, with tracebacks; never a secret.")]
Full = Annotated[bool, typer.Option("--full", help="Read everything again.")]
Sweep = Annotated[bool, typer.Option("--sweep", help="Look for deleted rows now.")]
Since = Annotated[
    Optional[str],
    typer.Option("--since", metavar="DATE", help="Backfill from this day on; no cursor moves."),
]
Until = Annotated[Optional[str], typer.Option("--until", metavar="DATE", help="Backfill up to this day.")]


def end(
    body: Callable[[], int], *, as_json: bool = False, verbose: bool = False, debug: bool = False
) -> NoReturn:
    """Run a command's body and leave with its exit code."""
    from fieldhouse.pipelines.output.console import log_to_stderr
    from fieldhouse.pipelines.output.exit import run_command

    log_to_stderr(verbose=verbose, debug=debug)
    raise typer.Exit(run_command(body, as_json=as_json, debug=debug))


def configured(names: list[str] | None = None, warehouse: str | None = None) -> Settings:
    """The settings, with their warnings told; ``names`` are vendors or accounts that the command is about.

    Raises:
        FixSettings: a setting that is wrong, or no such vendor.
    """
    from fieldhouse.pipelines.config.settings import load, vendor_named
    from fieldhouse.pipelines.output.console import log_line

    for name in names or ():
        vendor_named(name.partition(".")[0])
    settings = load(only=names or (), warehouse_url=warehouse)
    for warning in settings.warnings:
        log_line(f"warning: {warning}")
    return settings
