"""What a command that changed the warehouse does for its readers in the end."""

from __future__ import annotations

from warehouse.connect import Warehouse
from warehouse.errors import WarehouseError

from .console import say
from .ending import message, next_step


def check_copy(warehouse: Warehouse, copy: str | None) -> None:
    """Stop a run before its first request where ``warehouse.publish`` is wrong.

    Raises:
        WarehouseSettingsError: the copy could not be written, or the warehouse is none that is published.
    """
    if copy:
        from warehouse.publish import check

        check(warehouse, copy)


def hand_over(warehouse: Warehouse, copy: str | None, *, wrote: bool = True) -> WarehouseError | None:
    """Leave a DuckDB file that every DuckDB 1.x opens, and where ``warehouse.publish`` is set, give readers their copy.

    An error leaves the copy that they have. A run that wrote nothing leaves the file alone.
    """
    from warehouse.duck_file import DuckWarehouse

    if not isinstance(warehouse, DuckWarehouse):
        return None
    try:
        if copy:
            from warehouse.publish import publish

            publish(warehouse, copy)
        elif wrote:
            warehouse.settle()
    except WarehouseError as error:
        return error
    return None


def tell_unpublished(error: WarehouseError) -> None:
    """Why readers still have their old copy, and the next step, on standard output."""
    say(f"error: not published: {message(error)}")
    say(f"  -> {next_step(error)}")
