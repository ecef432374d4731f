"""Locks between processes: files locked with flock, so that a dead process holds nothing.

The files stay in place: removing one that another process is about to lock would give two holders.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fieldhouse.warehouse.errors import WarehouseBusy, WarehouseSettingsError

_PAUSE_SECONDS = 0.1


def silent(message: str) -> None:
    """Says nothing."""


@dataclass(frozen=True)
class WaitPolicy:
    """How long to wait for a lock (seconds), by which clock (seconds since 1970), and whom to tell."""

    lock_wait: float = 600
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    report: Callable[[str], None] = silent


def until(waits: WaitPolicy, attempt: Callable[[], str], what: str) -> None:
    """Repeats an attempt that answers who is in the way, until nobody is.

    Says once whom it waits for. Raises WarehouseBusy when the wait is over.
    """
    deadline = waits.clock() + waits.lock_wait
    reported = False
    while holder := attempt():
        if waits.clock() >= deadline:
            raise WarehouseBusy(f"{what} is in use by {holder}; waited {waits.lock_wait:g} s")
        if not reported:
            waits.report(f"waiting for {what}: in use by {holder}")
            reported = True
        waits.sleep(_PAUSE_SECONDS)


def try_lock(path: Path, holder: str, now: float) -> tuple[int | None, str]:
    """Takes the lock without waiting: the open descriptor, or None and who has it.

    Raises WarehouseSettingsError where the file cannot be written.
    """
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise WarehouseSettingsError(f"cannot write {path}: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        note = os.pread(lock, 4096, 0)
        os.close(lock)
        return None, _described(note)
    _note(lock, holder, now)
    return lock, ""


def _note(lock: int, holder: str, now: float) -> None:
    since = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
    note = {"holder": holder, "pid": os.getpid(), "host": socket.gethostname(), "since": since}
    os.ftruncate(lock, 0)
    os.pwrite(lock, json.dumps(note).encode(), 0)


@contextmanager
def shared_lock(path: Path, holder: str, what: str, waits: WaitPolicy) -> Iterator[None]:
    """Holds the lock together with others who only read, after waiting for whom has it alone."""
    locks: list[int] = []

    def attempt() -> str:
        lock, is_ours = _opened(path)
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            note = os.pread(lock, 4096, 0)
            os.close(lock)
            return _described(note)
        locks.append(lock)
        if is_ours:
            _note(lock, holder, waits.clock())
        return ""

    until(waits, attempt, what)
    try:
        yield
    finally:
        os.close(locks[0])


def _opened(path: Path) -> tuple[int, bool]:
    """The lock's file, and whether it can be written: to share the lock, one that may only be read does."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600), True
    except PermissionError:
        return os.open(path, os.O_RDONLY), False


@contextmanager
def file_lock(path: Path, holder: str, what: str, waits: WaitPolicy) -> Iterator[None]:
    """Holds the lock for the body, after waiting for it."""
    locks: list[int] = []

    def attempt() -> str:
        lock, other = try_lock(path, holder, waits.clock())
        if lock is not None:
            locks.append(lock)
        return other

    until(waits, attempt, what)
    try:
        yield
    finally:
        os.close(locks[0])


def is_open_elsewhere(path: Path) -> bool:
    """Whether another process has the database file open: DuckDB locks it with fcntl.

    Call it only while this process has the file not open: closing any descriptor drops all its fcntl locks.
    """
    try:
        with path.open("r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return True
    except OSError:
        return False
    return False


def has_writer(path: Path) -> bool:
    """True if a process holds the database file alone, as DuckDB does for writing.

    Call it only while this process has the file not open.
    """
    try:
        with path.open("rb") as file:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _described(content: bytes) -> str:
    """The holder writes its note just after it takes the lock: for a moment there is none."""
    try:
        note = json.loads(content)
    except ValueError:
        return "another process"
    holder, pid, since = note["holder"], str(note["pid"]), note["since"]
    return (
        f"{holder} since {since}"
        if pid in holder.split()
        else f"{holder} (pid {pid} on {note['host']} since {since})"
    )
