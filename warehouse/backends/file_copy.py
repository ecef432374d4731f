"""Copies of a database file for readers: without reading it if the file system can, and known by their inode."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

_FICLONE = 0x40049409
"""Linux' ioctl for a copy that shares its blocks with the original until one of them changes (Btrfs, XFS, bcachefs)."""


def copy_file(source: BinaryIO, draft: Path) -> None:
    """Copies an open file to a path, for the owner only, and waits until it is on the disk."""
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as copy:
        try:
            fcntl.ioctl(copy.fileno(), _FICLONE, source.fileno())
        except OSError:
            shutil.copyfileobj(source, copy, 1 << 20)
        copy.flush()
        os.fsync(copy.fileno())


def note_copy(note: Path, copy: Path) -> None:
    """Writes down which file is the copy of what a warehouse holds now."""
    note.write_text(json.dumps(_identity(copy)))


def is_noted(note: Path, copy: Path) -> bool:
    """True if a file is the copy that was noted last. It has another inode or time if anybody else has written it."""
    with suppress(OSError, ValueError):
        return bool(json.loads(note.read_bytes()) == _identity(copy))
    return False


def _identity(copy: Path) -> list[int]:
    seen = copy.stat()
    return [seen.st_ino, seen.st_mtime_ns, seen.st_size]
