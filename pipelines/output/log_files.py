"""Log files: the log of each sync as JSON lines, in a folder and for a time that the settings name.

They have what ``--log-format json`` prints and the end of each table's read. No failure of theirs changes a sync.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fieldhouse.pipelines.errors import describe_error, exit_code
from fieldhouse.sources.engine.redact import RedactingFilter

from .console import JsonLines, copy_logs, log_event, log_line, logs_are_json

MOST_BYTES = 20_000_000
"""Size of a file after which no more lines are added: a sync that runs for days must not fill the disk."""
_NAME = re.compile(r"sync-(\d{8}T\d{6}Z)-[0-9a-f]{8}\.jsonl")
_STAMP = "%Y%m%dT%H%M%SZ"


class LogFile:
    """A file that takes lines from several threads until it cannot be written or is full."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        """Create the file, and its folder, for the user alone.

        Raises:
            OSError: it cannot be created.
        """
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = path
        self._bytes, self._most, self._lock = 0, most_bytes, threading.Lock()
        self._file: int | None = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)

    def write(self, line: str) -> None:
        """Append a line; the first failure is a warning and ends the file."""
        raw = f"{line}\n".encode("utf-8", "replace")
        with self._lock:
            if self._file is None:
                return
            self._bytes += len(raw)
            if self._bytes > self._most:
                problem = f"the log of this sync ends at {self._most:,} bytes"
            else:
                try:
                    self._append(raw)
                    return
                except OSError as error:
                    problem = f"the log of this sync is incomplete: {error.strerror}"
            self._close()
        log_line(f"warning: logs.folder: {problem}; the sync goes on")

    def close(self) -> None:
        """End the file."""
        with self._lock:
            self._close()

    def _append(self, raw: bytes) -> None:
        assert self._file is not None
        while raw:
            raw = raw[os.write(self._file, raw) :]

    def _close(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                os.close(self._file)
            self._file = None


@contextmanager
def log_file(
    folder: str,
    max_age: timedelta,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    most_bytes: int = MOST_BYTES,
) -> Iterator[Path | None]:
    """Copy the log lines of the block into a new file, and delete those that are older than ``max_age``.

    Args:
        folder: "" for no file.

    Yields:
        The file's path; None if there is none.
    """
    file = _new_file(Path(folder), now(), most_bytes) if folder else None
    if file is None:
        yield None
        return
    _prune(Path(folder), now() - max_age)
    libraries = JsonLines()
    libraries.addFilter(RedactingFilter())
    if not logs_are_json():  # otherwise a handler of this kind is there already
        logging.getLogger().addHandler(libraries)
    copy_logs(file.write)
    try:
        yield file.path
    except Exception as error:
        log_event("sync ended", exit_code=exit_code(error), error=describe_error(error))
        raise
    except BaseException:
        log_event("sync interrupted")
        raise
    finally:
        copy_logs(None)
        logging.getLogger().removeHandler(libraries)
        file.close()


def files_of_runs(folder: str, runs: Iterable[tuple[str, datetime]]) -> Mapping[str, Path]:
    """Run id -> the file with the run's log, for those that have one.

    Args:
        runs: run ids, and when the runs started.
    """
    files = _files(Path(folder)) if folder else {}
    texts: dict[Path, bytes] = {}
    logs: dict[str, Path] = {}
    for run_id, started_at in runs:
        marker = f'"run_id": "{run_id}"'.encode()
        for path, begun in files.items():
            if begun <= started_at + timedelta(seconds=1):
                with suppress(OSError):
                    if path.stat().st_mtime >= started_at.timestamp() - 1:
                        texts[path] = texts.get(path) or path.read_bytes()
                if marker in texts.get(path, b""):
                    logs[run_id] = path
                    break
    return logs


def _new_file(folder: Path, now: datetime, most_bytes: int) -> LogFile | None:
    try:
        return LogFile(folder / f"sync-{now:{_STAMP}}-{uuid.uuid4().hex[:8]}.jsonl", most_bytes)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        log_line(f"warning: logs.folder: no log can be written there: {reason}; the sync goes on")
        return None


def _prune(folder: Path, before: datetime) -> None:
    for path, begun in _files(folder).items():
        if begun < before:
            with suppress(OSError):
                path.unlink()


def _files(folder: Path) -> dict[Path, datetime]:
    """The log files of a folder and when they were begun, the last first."""
    begun: dict[Path, datetime] = {}
    with suppress(OSError):
        for name in sorted(os.listdir(folder), reverse=True):
            if parts := _NAME.fullmatch(name):
                begun[folder / name] = datetime.strptime(parts[1], _STAMP).replace(tzinfo=UTC)
    return begun
