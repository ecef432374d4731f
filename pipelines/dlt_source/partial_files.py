"""Partial files: Parquet files that a killed load left half written in a local folder.

dlt writes a file in its place, where one that was not written to its end makes every read of the table fail. The load's
package writes it again, but not if it is discarded. In a bucket a file is there only once all of it was sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from pathlib import Path

from dlt.common.destination.exceptions import DestinationUndefinedEntity
from dlt.common.runtime import signals
from dlt.pipeline import Pipeline

MAGIC = b"PAR1"
"""A Parquet file begins and ends with it."""
SHORTEST = 12
"""Bytes of the shortest one: both magics and the length of the footer."""
AT_REST = 5.0
"""Seconds after its last change in which a file may still be written by another run."""


def remove_partial_files(
    pipeline: Pipeline,
    schema: str,
    tables: Collection[str],
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = signals.sleep,
) -> list[Path]:
    """Remove the partial files of some tables, which no program can read; the rows are requested again.

    Returns:
        What was removed; nothing where the destination is no local folder.
    """
    if not tables or pipeline.destination.destination_name != "filesystem":
        return []
    with pipeline.destination_client(schema) as client:
        if not getattr(client, "is_local_filesystem", False):
            return []
        files: list[Path] = []
        for table in tables:
            try:
                files += map(Path, client.list_table_files(table))
            except DestinationUndefinedEntity:
                continue
    partial = {file: file.stat().st_mtime for file in files if is_partial(file)}
    if partial and (wait := max(partial.values()) + AT_REST - clock()) > 0:
        sleep(min(wait, AT_REST))
    removed = [
        file
        for file, changed in partial.items()
        if file.exists() and file.stat().st_mtime == changed and is_partial(file)
    ]
    for file in removed:
        file.unlink()
    return removed


def is_partial(file: Path) -> bool:
    """True if a file is named as a Parquet file, and does not end as one."""
    if file.suffix != ".parquet":
        return False
    with file.open("rb") as opened:
        size = opened.seek(0, 2)
        if size < SHORTEST:
            return True
        opened.seek(size - len(MAGIC))
        return opened.read() != MAGIC
