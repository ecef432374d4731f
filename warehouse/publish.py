"""Publishing: a complete copy of a DuckDB warehouse for readers, swapped in atomically."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from .connect import Warehouse
from .errors import WarehouseSettingsError


def publish(warehouse: Warehouse, path: str | Path) -> None:
    """Copies the warehouse to a path: readers there keep what they opened, new ones get the new copy.

    The copy keeps the mode of the file that it replaces, else it is the owner's alone. Raises
    WarehouseSettingsError for a path that cannot be written and for Postgres, which needs no copy; and what
    opening the warehouse raises.
    """
    target = _checked(warehouse, path)
    draft = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        warehouse.snapshot(draft)
        os.replace(draft, _with_mode_of(target, draft))
        _flush_folder(target.parent)
    except OSError as error:
        raise WarehouseSettingsError(f"warehouse.publish: cannot write {target}: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)


def check(warehouse: Warehouse, path: str | Path) -> None:
    """Checks before a run that a copy can be written to a path after it; raises as ``publish`` does."""
    _checked(warehouse, path)


def _checked(warehouse: Warehouse, path: str | Path) -> Path:
    if warehouse.file is None:
        raise WarehouseSettingsError(
            "warehouse.publish: only a DuckDB warehouse is published; remove the setting"
        )
    target = Path(path).resolve()
    if target == warehouse.file or target.is_dir() or not target.parent.is_dir():
        raise WarehouseSettingsError(
            f"warehouse.publish: {target} is the warehouse itself, a folder, or in a folder that does not exist;"
            " expected another file's path, for example published/fieldhouse.duckdb"
        )
    if not os.access(target.parent, os.W_OK):
        raise WarehouseSettingsError(f"warehouse.publish: cannot write into {target.parent}")
    return target


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
