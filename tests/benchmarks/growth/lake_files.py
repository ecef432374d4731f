"""Files of a lake over many syncs: does maintenance keep their number bounded?

    .venv-lake/bin/python -m tests.benchmarks.growth.lake_files [--syncs 300] [--maintain-every 20] [--vendor notific]

People edit before each sync. After every so many syncs, a maintenance keeps no old version, as if the syncs had been a
week apart. Prints the Parquet files, their size and the catalogue's snapshots before and after each maintenance, and at
the end how many rows differ from the vendor, and the files that the catalogue does not know. Exit code 1 if there are
any, or if the last maintenance leaves more files than one table can have after the first.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from fieldhouse.sources.sandbox import SANDBOXES
from tests.support.sync_harness import SyncHarness, open_harness

AGE = "0 seconds"
"""How long old versions stay readable."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--syncs", type=int, default=300)
    parser.add_argument("--maintain-every", type=int, default=20)
    parser.add_argument("--vendor", default="notific", choices=sorted(SANDBOXES))
    parser.add_argument("--size", type=float, default=0.2)
    parser.add_argument("--edits", type=int, default=10)
    given = parser.parse_args()
    box = SANDBOXES[given.vendor](size=given.size)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["FIELDHOUSE_PACE_DIR"] = name
        url = f"ducklake:sqlite:///{folder}/lake.sqlite?data={folder}/data"
        with open_harness(box, url, folder, max_delete_share="1") as made:
            left: list[int] = []
            for number in range(given.syncs + 1):
                assert made.sync(sweep=True).exit_code == 0
                if number and number % given.maintain_every == 0:
                    before = _state(made, folder)
                    made.warehouse.maintain(AGE)
                    print(f"{number:4} syncs: {before} -> {_state(made, folder)}", flush=True)
                    left.append(len(_files(folder)))
                box.clock.advance(minutes=20)
                box.edit(given.edits if number < given.syncs else 0)
            differing = len(made.differences())
            unknown = {file.name for file in _files(folder)} - _known(made)
            tables = len(made.fetch("SELECT table_name FROM duckdb_tables() WHERE database_name = 'lake'"))
    print(f"{differing} differences, {len(unknown)} files that the catalogue does not know, {tables} tables")
    return int(bool(differing or unknown or max(left[1:]) > left[0] + tables))


def _files(folder: Path) -> list[Path]:
    return list((folder / "data").rglob("*.parquet"))


def _state(made: SyncHarness, folder: Path) -> str:
    files = _files(folder)
    ((snapshots,),) = made.fetch("SELECT count(*) FROM ducklake_snapshots('lake')")
    size = sum(file.stat().st_size for file in files)
    return f"{len(files)} files, {size / 1e6:.1f} MB, {snapshots} snapshots"


def _known(made: SyncHarness) -> set[str]:
    """The names of the files that the present version of a table consists of."""
    tables = made.fetch(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'lake' AND NOT internal"
    )
    names: set[str] = set()
    for schema, table in tables:
        rows = made.fetch(
            f"SELECT data_file, delete_file FROM ducklake_list_files('lake', '{table}', schema => '{schema}')"
        )
        names |= {Path(file).name for row in rows for file in row if file}
    return names


if __name__ == "__main__":
    sys.exit(main())
