"""The commands ``state show``, ``state set`` and ``state reset``."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from .options import Debug, Json, WarehouseUrl, configured, end

# ruff: noqa: UP045 - typer reads these

app = typer.Typer(no_args_is_help=True, help="What the next sync starts from: show, set, reset.")
OneVendor = Annotated[str, typer.Argument(metavar="VENDOR", help="A vendor or an account (bossdesk.emea).")]
SomeTable = Annotated[Optional[str], typer.Argument(metavar="[TABLE]")]


@app.command("show")
def show(
    vendor: Annotated[Optional[str], typer.Argument(metavar="[VENDOR]")] = None,
    table: SomeTable = None,
    warehouse: WarehouseUrl = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """What the next sync of each table starts from."""

    def body() -> int:
        from fieldhouse.pipelines.commands.state import show

        return show(configured([vendor] if vendor else None, warehouse), vendor, table, as_json=as_json)

    end(body, as_json=as_json, debug=debug)


@app.command("set")
def set_cursor(
    vendor: OneVendor,
    table: Annotated[str, typer.Argument(metavar="TABLE")],
    cursor: Annotated[str, typer.Argument(metavar="CURSOR", help="ISO 8601, such as 2026-11-02T08:30:00Z.")],
    warehouse: WarehouseUrl = None,
    debug: Debug = False,
) -> None:
    """Let the next sync of a table start from a time."""

    def body() -> int:
        from fieldhouse.pipelines.commands.state import set_cursor

        return set_cursor(configured([vendor], warehouse), vendor, table, cursor)

    end(body, debug=debug)


@app.command("reset")
def reset(
    vendor: OneVendor, table: SomeTable = None, warehouse: WarehouseUrl = None, debug: Debug = False
) -> None:
    """Forget a table's state, or all of an account: the next sync reads everything."""

    def body() -> int:
        from fieldhouse.pipelines.commands.state import reset

        return reset(configured([vendor], warehouse), vendor, table)

    end(body, debug=debug)
