"""The commands ``state show``, ``state set`` and ``state reset``."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from .command import command
from .options import Json, WarehouseUrl, load_settings

# ruff: noqa: UP045 - typer reads these

app = typer.Typer(no_args_is_help=True, help="Show, set or reset what the next sync starts from.")
OneVendor = Annotated[
    str, typer.Argument(metavar="VENDOR", help="A vendor or an account, such as bossdesk.emea.")
]
OptionalTable = Annotated[Optional[str], typer.Argument(metavar="[TABLE]", help="One table; all by default.")]


@command(app)
def show(
    vendor: Annotated[
        Optional[str], typer.Argument(metavar="[VENDOR]", help="A vendor or an account; all by default.")
    ] = None,
    table: OptionalTable = None,
    warehouse: WarehouseUrl = None,
    as_json: Json = False,
) -> int:
    """Show what the next sync of each table starts from."""
    from fieldhouse.pipelines.commands.state import show

    return show(load_settings([vendor] if vendor else None, warehouse), vendor, table, as_json=as_json)


@command(app, "set")
def set_cursor(
    vendor: OneVendor,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="The table.")],
    cursor: Annotated[str, typer.Argument(metavar="CURSOR", help="ISO 8601, such as 2026-11-02T08:30:00Z.")],
    warehouse: WarehouseUrl = None,
) -> int:
    """Set the time from which the next sync of a table reads."""
    from fieldhouse.pipelines.commands.state import set_cursor

    return set_cursor(load_settings([vendor], warehouse), vendor, table, cursor)


@command(app)
def reset(vendor: OneVendor, table: OptionalTable = None, warehouse: WarehouseUrl = None) -> int:
    """Reset the state of a table, or of an account: the next sync reads everything."""
    from fieldhouse.pipelines.commands.state import reset

    return reset(load_settings([vendor], warehouse), vendor, table)
