"""How a command ends: one message for what a person must know, and the exit code that a schedule acts on."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

from fieldhouse.pipelines.errors import (
    SETTINGS,
    cause,
    describe_error,
    exit_code,
    kind_of,
    message,
    next_step,
)
from fieldhouse.sources.engine.startup import exit_despite_threads

from .console import log_line, print_json, print_line

INTERRUPTED, TERMINATED = 130, 143
_STAYS = "everything that was committed stays; the next run goes on from there"


class Terminated(KeyboardInterrupt):
    """SIGTERM, as schedulers and containers send it."""


def run_command(body: Callable[[], int], *, as_json: bool = False, debug: bool = False) -> int:
    """Run a command's body; its exit code, or that of the error that it raised, which is printed."""
    try:
        with _terminable(), _scratch():
            return body()
    except KeyboardInterrupt as interrupt:
        return _interrupted(TERMINATED if isinstance(interrupt, Terminated) else INTERRUPTED)
    except BrokenPipeError:
        with suppress(OSError, ValueError):
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
    errors = [(table, failed) for table, failed in tables if failed is not None and failed is not error]
    print_causes(account, [(table, cause(failed), next_step(failed)) for table, failed in errors])


def print_causes(account: str, causes: Sequence[tuple[str, str, str]]) -> None:
    """Each cause once on standard output, with its next step: ``causes`` has table, cause and next step."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for table, what, step in causes:
        grouped.setdefault((what, step), []).append(table)
    for (what, step), names in grouped.items():
        first = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
        where = f"{account}.{names[0]}" if len(names) == 1 else f"{account}, {len(names)} tables ({first})"
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


def print_usage_error(text: str) -> None:
    """A wrong command line, as one JSON object on standard output."""
    error = {"message": text, "next_step": "'fieldhouse -h' shows the options.", "kind": kind_of(SETTINGS)}
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
