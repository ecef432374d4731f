"""Unrecorded runs: failures that a warehouse could not store, because its disk is full or it broke, on this machine.

A file per warehouse and account keeps the last such run until a later run is recorded. It is written in place over
space that an earlier run has reserved, so that it can be stored on the full disk too.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

RESERVED = 4096
"""Bytes. A longer note loses its tables and keeps the cause that most of them have."""
Tables = Mapping[str, Mapping[str, Any]]
"""Table -> ``error``, ``cause``, ``next_step``, ``exit_code`` and ``outcome`` of its run."""


def folder() -> Path:
    """Where notes are, private to the user of this machine."""
    base = os.environ.get("FIELDHOUSE_PACE_DIR") or os.environ.get("XDG_STATE_HOME")
    return Path(base or Path.home() / ".local" / "state") / "fieldhouse" / "runs"


def reserve(display: str, schema: str) -> None:
    """Take the space for a note; without effect where it cannot be taken."""
    path = _path(display, schema)
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(" " * RESERVED)


def note(
    display: str, schema: str, run_id: str, started_at: datetime, finished_at: datetime, tables: Tables
) -> None:
    """Keep a run that the warehouse did not store.

    Args:
        display: the warehouse's address without the password.
    """
    run: dict[str, Any] = {
        "run_id": run_id,
        "started_at": started_at.isoformat(),
        "finished_at": finished_at.isoformat(),
    }
    errors: dict[str, tuple[dict[str, Any], list[str]]] = {}
    for table, parts in tables.items():
        errors.setdefault(json.dumps(parts, sort_keys=True), (dict(parts), []))[1].append(table)
    run["errors"] = [{**parts, "tables": names} for parts, names in errors.values()]
    text = json.dumps(run, ensure_ascii=True)
    while len(text) > RESERVED and run["errors"]:
        run["errors"].pop()
        text = json.dumps(run, ensure_ascii=True)
    _write(display, schema, text)


def forget(display: str, schema: str) -> None:
    """Remove the note: a later run is recorded."""
    if _read(display, schema):
        _write(display, schema, "")


def last(display: str, schema: str) -> dict[str, Any]:
    """The last run that was not recorded: ``run_id``, times, and ``tables`` as `Tables`; empty if there is none."""
    run = _read(display, schema)
    if not run:
        return {}
    tables = {
        table: {name: value for name, value in error.items() if name != "tables"}
        for error in run.get("errors", [])
        for table in error["tables"]
    }
    times = {name: datetime.fromisoformat(run[name]) for name in ("started_at", "finished_at")}
    return {"run_id": run["run_id"], **times, "tables": tables}


def later_error(run: Mapping[str, Any], table: str, last_run: datetime | None) -> Mapping[str, Any]:
    """What a run that was not recorded keeps of a table's error; empty if it has none, or a later run is recorded.

    Args:
        run: as ``last`` gives it.
        last_run: the table's last recorded run.
    """
    parts: Mapping[str, Any] = run.get("tables", {}).get(table, {})
    return {} if not parts or (last_run and last_run > run["finished_at"]) else parts


def _read(display: str, schema: str) -> dict[str, Any]:
    try:
        run: Any = json.loads(_path(display, schema).read_text("ascii").strip() or "{}")
    except (OSError, ValueError):
        return {}
    return run if isinstance(run, dict) else {}


def _write(display: str, schema: str, text: str) -> None:
    reserve(display, schema)
    with contextlib.suppress(OSError), _path(display, schema).open("r+", encoding="ascii") as file:
        file.write(text.ljust(RESERVED))


def _path(display: str, schema: str) -> Path:
    place = hashlib.sha256(display.encode()).hexdigest()[:12]
    return folder() / f"{schema}-{place}.json"
