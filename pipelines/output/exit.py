"""How a command ends: one message for what a person must know, and the exit code that a schedule acts on."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from fieldhouse.sources.engine.errors import SourceError
from fieldhouse.sources.engine.startup import exit_despite_threads
from fieldhouse.warehouse.errors import (
    AccountBusy,
    SchemaConflict,
    SchemaFrozen,
    WarehouseError,
    WarehouseSettingsError,
)

from .console import log_line, print_json, print_line

DEFECT, SETTINGS, REACH, SHAPE = 1, 2, 3, 4
INTERRUPTED, TERMINATED = 130, 143
_KINDS = {SETTINGS: "fix_settings", REACH: "try_later", SHAPE: "vendor_changed"}
_STAYS = "everything that was committed stays; the next run goes on from there"


class Terminated(KeyboardInterrupt):
    """SIGTERM, as schedulers and containers send it."""


def exit_code(error: BaseException | None) -> int:
    """The exit code that an error means."""
    if isinstance(error, SourceError):
        return error.exit_code
    if isinstance(error, SchemaFrozen):
        return SHAPE
    if isinstance(error, AccountBusy) or getattr(error, "retry", False):
        return REACH
    return SETTINGS if isinstance(error, (WarehouseSettingsError, SchemaConflict)) else DEFECT


def describe_error(error: BaseException) -> dict[str, str]:
    """An error as it is told: what happened, the next step, and its kind."""
    return {
        "message": message(error),
        "next_step": next_step(error),
        "kind": _KINDS.get(exit_code(error), "defect"),
    }


def message(error: BaseException) -> str:
    """What happened and where, in one line."""
    if isinstance(error, SourceError):
        return ": ".join(part for part in (error.where, error.what) if part)
    text = str(error) or "no message"
    return text if isinstance(error, WarehouseError) else f"{type(error).__name__}: {text}"


def next_step(error: BaseException) -> str:
    """What its reader does next."""
    if isinstance(error, SourceError):
        return error.do
    if isinstance(error, SchemaFrozen):
        return "Set schema_drift to evolve or discard, or have the vendor's change taken back."
    return {
        REACH: "Run the command again.",
        SETTINGS: "Change it and run the command again.",
    }.get(exit_code(error), "This is a defect of fieldhouse: run it with --debug and report what it says.")


def run_command(body: Callable[[], int], *, as_json: bool = False, debug: bool = False) -> int:
    """Run a command's body; its exit code, or that of the error which it raised, once that is told."""
    try:
        with _terminable(), _scratch():
            return body()
    except KeyboardInterrupt as interrupt:
        return _interrupted(TERMINATED if isinstance(interrupt, Terminated) else INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the last door: nothing but its message leaves here
        return _report_failure(error, as_json, debug)


def print_errors(
    account: str, error: Exception | None, tables: Sequence[tuple[str, Exception | None]]
) -> None:
    """Each error once on standard output, with the tables that it stopped and what to do."""
    if error is not None:
        text = message(error)
        _print_error(text if account in text else f"{account}: {text}", next_step(error))
    grouped: dict[tuple[str, str], list[str]] = {}
    for table, mine in tables:
        if mine is not None and mine is not error:
            cause = getattr(mine, "what", "") or message(mine), next_step(mine)
            grouped.setdefault(cause, []).append(table)
    for (what, step), names in grouped.items():
        some = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
        where = f"{account}.{names[0]}" if len(names) == 1 else f"{account}, {len(names)} tables ({some})"
        _print_error(f"{where}: {what}", step)


def _print_error(text: str, step: str) -> None:
    print_line(f"error: {text}")
    if step:
        print_line(f"  -> {step}")


def log_traceback(error: BaseException) -> None:
    """The traceback on standard error, without secrets."""
    log_line("".join(traceback.format_exception(error)).rstrip())


def _report_failure(error: Exception, as_json: bool, debug: bool) -> int:
    if debug:
        log_traceback(error)
    if as_json:
        print_json({"vendors": {}, "error": describe_error(error), "exit_code": exit_code(error)})
    log_line(f"error: {message(error)}")
    if next_step(error):
        log_line(f"  -> {next_step(error)}")
    return exit_code(error)


def usage(wrong: str) -> None:
    """A command line that is not understood, as one JSON object on standard output."""
    error = {"message": wrong, "next_step": "'fieldhouse -h' shows the options.", "kind": _KINDS[SETTINGS]}
    print_json({"vendors": {}, "error": error, "exit_code": SETTINGS})


def _interrupted(code: int) -> int:
    """Say what stays, and leave at once when threads are still busy: a kill costs no row."""
    log_line(f"\n{'terminated' if code == TERMINATED else 'interrupted'}: {_STAYS}")
    main = threading.main_thread()
    if any(thread is not main and not thread.daemon for thread in threading.enumerate()):
        exit_despite_threads(code)
    return code


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM raises ``Terminated`` inside the block."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _scratch() -> Iterator[None]:
    """Temporary files of the block lie in a folder that is gone after it, even when threads are left behind.

    Whatever the block writes, DuckDB's log too, is the owner's alone.
    """
    before, mask = tempfile.tempdir, os.umask(0o077)
    with tempfile.TemporaryDirectory(prefix="fieldhouse-", ignore_cleanup_errors=True) as folder:
        tempfile.tempdir = folder
        try:
            yield
        finally:
            tempfile.tempdir = before
            os.umask(mask)


def _terminate(number: int, frame: FrameType | None) -> None:
    raise Terminated
