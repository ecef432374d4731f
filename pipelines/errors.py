"""Errors as a command reports them: exit code, message and next step of any error."""

from __future__ import annotations

from fieldhouse.sources.engine.errors import SourceError
from fieldhouse.warehouse.errors import (
    AccountBusy,
    SchemaConflict,
    SchemaFrozen,
    WarehouseError,
    WarehouseSettingsError,
)

DEFECT, SETTINGS, REACH, SHAPE = 1, 2, 3, 4
_KINDS = {SETTINGS: "fix_settings", REACH: "try_later", SHAPE: "vendor_changed"}


def exit_code(error: BaseException | None) -> int:
    """The exit code that an error means."""
    if isinstance(error, SourceError):
        return error.exit_code
    if isinstance(error, SchemaFrozen):
        return SHAPE
    if isinstance(error, AccountBusy) or getattr(error, "retry", False):
        return REACH
    return SETTINGS if isinstance(error, (WarehouseSettingsError, SchemaConflict)) else DEFECT


def kind_of(code: int) -> str:
    """The name of an exit code in ``--json``: ``fix_settings``, ``try_later``, ``vendor_changed`` or ``defect``."""
    return _KINDS.get(code, "defect")


def describe_error(error: BaseException) -> dict[str, str]:
    """An error as an object of ``--json``: ``message``, ``cause`` (without the place), ``next_step`` and ``kind``."""
    return {
        "message": message(error),
        "cause": cause(error),
        "next_step": next_step(error),
        "kind": kind_of(exit_code(error)),
    }


def message(error: BaseException) -> str:
    """What happened and where, in one line."""
    if isinstance(error, SourceError):
        return ": ".join(part for part in (error.where, error.what) if part)
    text = str(error) or "no message"
    return text if isinstance(error, WarehouseError) else f"{type(error).__name__}: {text}"


def cause(error: BaseException) -> str:
    """What happened, without the place: errors of several tables with one cause are reported together."""
    return getattr(error, "what", "") or message(error)


def next_step(error: BaseException) -> str:
    """The next step for the reader, an imperative sentence."""
    if isinstance(error, SourceError):
        return error.do
    if isinstance(error, SchemaFrozen):
        return "Set schema_drift to evolve or discard, or have the vendor's change taken back."
    if step := getattr(error, "do", ""):
        return str(step)
    return {
        REACH: "Run the command again.",
        SETTINGS: "Change it and run the command again.",
    }.get(exit_code(error), "This is a defect of fieldhouse: run it with --debug and report what it says.")
