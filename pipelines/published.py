"""The copy for readers, after a command that changed the warehouse."""

from __future__ import annotations

from warehouse.connect import Warehouse
from warehouse.errors import WarehouseError

from .console import say
from .ending import message, next_step


def publish_copy(warehouse: Warehouse, path: str | None) -> WarehouseError | None:
    """Give readers their copy where ``warehouse.publish`` is set; an error leaves the copy that they have."""
    if not path or warehouse.dialect != "duckdb":
        return None
    from warehouse.publish import publish

    try:
        publish(warehouse, path)
    except WarehouseError as error:
        return error
    return None


def tell_unpublished(error: WarehouseError) -> None:
    """Why readers still have their old copy, and the next step, on standard output."""
    say(f"error: not published: {message(error)}")
    say(f"  -> {next_step(error)}")
