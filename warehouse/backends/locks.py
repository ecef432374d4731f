"""Locks between processes: files locked with flock, so that a dead process holds nothing.

The files stay in place: removing one that another process is about to lock would give two holders.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import socket
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fieldhouse.warehouse.errors import WarehouseBusy, WarehouseSettingsError, WarehouseUnreachable

_PAUSE_SECONDS = 0.1
_WITHOUT_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL})
"""What a file system answers that has no locks, as some network file systems do."""


def silent(message: str) -> None:
    """Says nothing."""


@dataclass(frozen=True)
class WaitPolicy:
    """How long to wait for a lock (seconds), by which clock (seconds since 1970), and how files are locked."""

    lock_wait: float = 600
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    report: Callable[[str], None] = silent
    flock: Callable[[int, int], None] = fcntl.flock


def until(waits: WaitPolicy, attempt: Callable[[], str], what: str) -> None:
    """Repeats an attempt that returns the present holder, until there is none.

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


def try_lock(path: Path, holder: str, waits: WaitPolicy) -> tuple[int | None, str]:
    """Takes the lock without waiting: the open descriptor, or None and who has it.

    Raises WarehouseSettingsError where the file cannot be written or locked.
    """
    lock = _open(path, os.O_RDWR | os.O_CREAT)
    if other := _locked_by_another(lock, path, fcntl.LOCK_EX, waits):
        return None, other
    _note(lock, holder, waits.clock())
    return lock, ""


def _open(path: Path, flags: int) -> int:
    """Opens a lock's file, without following a link to a file that is another's."""
    try:
        lock = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _no_lock(path, "is a symbolic link") from error
        if error.errno in (errno.EMFILE, errno.ENFILE):
            raise exhausted(path) from error
        if isinstance(error, PermissionError) and not flags & os.O_CREAT:
            raise
        raise WarehouseSettingsError(f"cannot write {path}: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(lock).st_mode):
        os.close(lock)
        raise _no_lock(path, "is not a file")
    return lock


def exhausted(path: Path) -> WarehouseUnreachable:
    """The error of a process that may open no further file: later, or with fewer accounts at once, it may."""
    return WarehouseUnreachable(
        f"{path} cannot be opened: too many files are open. Sync fewer accounts at once (sync.max_accounts), or raise"
        " the limit of open files (ulimit -n)."
    )


def _no_lock(path: Path, reason: str) -> WarehouseSettingsError:
    return WarehouseSettingsError(
        f"the lock file {path} {reason}; expected a plain file. Remove it, and run the command again."
    )


def _locked_by_another(lock: int, path: Path, how: int, waits: WaitPolicy) -> str:
    """Who holds the lock, after closing the descriptor; an empty string once it is ours."""
    try:
        waits.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        note = os.pread(lock, 4096, 0)
        os.close(lock)
        return _described(note)
    except OSError as error:
        os.close(lock)
        if error.errno in _WITHOUT_LOCKS:
            raise WarehouseSettingsError(
                f"{path}: locks are not supported here ({error.strerror}); expected a file system with locks."
                " Put the warehouse on a local disk."
            ) from error
        raise
    return ""


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
        try:
            lock, is_writable = _open(path, os.O_RDWR | os.O_CREAT), True
        except WarehouseSettingsError as error:
            if not isinstance(error.__cause__, PermissionError):
                raise
            lock, is_writable = _open(path, os.O_RDONLY), False  # to share a lock, reading is enough
        if other := _locked_by_another(lock, path, fcntl.LOCK_SH, waits):
            return other
        locks.append(lock)
        if is_writable:
            _note(lock, holder, waits.clock())
        return ""

    until(waits, attempt, what)
    try:
        yield
    finally:
        os.close(locks[0])


@contextmanager
def file_lock(path: Path, holder: str, what: str, waits: WaitPolicy) -> Iterator[None]:
    """Holds the lock for the body, after waiting for it."""
    locks: list[int] = []

    def attempt() -> str:
        lock, other = try_lock(path, holder, waits)
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
    """Who wrote a note. It is written just after the lock is taken: for a moment there is none, or another's."""
    try:
        note = json.loads(content)
        holder, pid, host, since = (str(note[name]) for name in ("holder", "pid", "host", "since"))
    except (ValueError, KeyError, TypeError, RecursionError):
        return "another process"
    return (
        f"{holder} since {since}"
        if pid in holder.split()
        else f"{holder} (pid {pid} on {host} since {since})"
    )


def holder_in(message: str) -> str:
    """Who holds a file, by DuckDB's message."""
    match = re.search(r"PID (\d+)", message)
    return f"pid {match[1]}" if match else "another process"
