"""A complete copy of a DuckDB warehouse for readers, swapped in whole."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
from pathlib import Path

from fieldhouse.warehouse.backends.duckdb_file import DuckWarehouse
from fieldhouse.warehouse.backends.locks import until

from .connect import Warehouse
from .errors import WarehouseSettingsError


def publish(warehouse: Warehouse, path: str | Path) -> None:
    """Copies the warehouse to a path: readers there keep what they opened, new ones get the new copy.

    The copy keeps the mode of the file that it replaces, else it is the owner's alone. Raises
    WarehouseSettingsError for a path that cannot be written and for Postgres, which needs no copy; and what
    opening the warehouse raises.
    """
    warehouse, target = _checked(warehouse, path)
    draft = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        with warehouse.exclusive():
            until(warehouse.waits, lambda: _copy(warehouse, draft), warehouse.path.name)
        os.replace(draft, _with_mode_of(target, draft))
        _flush_folder(target.parent)
    except OSError as error:
        raise WarehouseSettingsError(f"warehouse.publish: cannot write {target}: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)


def check(warehouse: Warehouse, path: str | Path) -> None:
    """Whether a copy could be written to a path, before the run that it is made after; raises as ``publish`` does."""
    _checked(warehouse, path)


def _checked(warehouse: Warehouse, path: str | Path) -> tuple[DuckWarehouse, Path]:
    if not isinstance(warehouse, DuckWarehouse):
        raise WarehouseSettingsError(
            "warehouse.publish: only a DuckDB warehouse is published; remove the setting"
        )
    target = Path(path).resolve()
    if target == warehouse.path or target.is_dir() or not target.parent.is_dir():
        raise WarehouseSettingsError(
            f"warehouse.publish: {target} is the warehouse itself, a folder, or in a folder that does not exist;"
            " expected another file's path, for example published/fieldhouse.duckdb"
        )
    if not os.access(target.parent, os.W_OK):
        raise WarehouseSettingsError(f"warehouse.publish: cannot write into {target.parent}")
    return warehouse, target


def _copy(warehouse: DuckWarehouse, draft: Path) -> str:
    """Copies the file at rest; answers who is in the way, if anybody is.

    The file is copied closed: DuckDB's own lock would be lost with the first descriptor closed here. A lock
    like that of a reader keeps foreign writers out meanwhile.
    """
    warehouse.settle()
    with warehouse.path.open("rb") as source:
        try:
            fcntl.lockf(source, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return "another process"
        log = warehouse.path.with_name(warehouse.path.name + ".wal")
        if log.exists() and log.stat().st_size:
            return "a log that is not written back yet"
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
    return ""


def _with_mode_of(target: Path, draft: Path) -> Path:
    if target.exists():
        draft.chmod(stat.S_IMODE(target.stat().st_mode))
    return target


def _flush_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
