"""Two accounts load into one Postgres at once, each from a process and a working directory of its own: is all there?

    python -m tests.benchmarks.two_accounts [--rows 100000] [--trials 5]

Every account lands its rows and as many child rows in slices, through dlt and the applying SQL, then changes each
tenth row. What the warehouse holds at the end is compared with what was sent, row by row in sums. Prints a line a
trial; the exit code is 1 where anything is missing.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from fieldhouse.sources.engine.load.dlt_load import load as load_with_dlt
from fieldhouse.warehouse.connect import Warehouse, open_warehouse
from fieldhouse.warehouse.model import Child, Column, TableLoad
from tests.support.postgres.postgres_server import fresh_database, running_postgres

T0 = datetime(2026, 3, 1, tzinfo=UTC)
ACCOUNTS = ("bossdesk", "bossdesk_emea")
COLUMNS = (Column("id", "bigint"), Column("title", "text"), Column("worth", "double"))
COMMENTS = Child("tickets__comments", (Column("body", "text"),), ("_parent_id",))


def frames(ids: range, version: int) -> dict[str, list[pa.Table]]:
    """Rows with a child each; the content tells key and version. Each eleventh title is an empty text."""
    moment = pa.array([T0 + timedelta(hours=version)] * len(ids), pa.timestamp("us", "UTC"))
    keys = pa.array(ids, pa.int64())
    title = pa.array([f"ticket {key} v{version}" if key % 11 else "" for key in ids])
    root = {"id": keys, "title": title, "worth": pa.array([key / 8 + version for key in ids])}
    child = {"_parent_id": keys, "_list_index": pa.array([0] * len(ids), pa.int64()), "body": title}
    return {
        "tickets": [pa.table({**root, "_row_hash": keys, "_synced_at": moment})],
        "tickets__comments": [pa.table({**child, "_synced_at": moment})],
    }


def load_account(url: str, schema: str, rows: int, slices: int) -> None:
    """All rows in slices, then each tenth again in a newer version."""
    os.chdir(tempfile.mkdtemp(prefix="fieldhouse-worker-"))
    warehouse = open_warehouse(url)
    with warehouse.account_lock(schema, "a trial"):
        with warehouse.session() as session:
            session.prepare(schema)
        step = -(-rows // slices)
        for start in range(0, rows, step):
            load(warehouse, schema, frames(range(start, min(start + step, rows)), 0), 0)
        load(warehouse, schema, frames(range(0, rows, 10), 1), 1)


def load(warehouse: Warehouse, schema: str, tables: dict[str, list[pa.Table]], version: int) -> None:
    landing = f"{schema}__landing_{os.getpid()}"
    with warehouse.exclusive() as place, tempfile.TemporaryDirectory() as folder:
        load_id = load_with_dlt(
            schema,
            tables,
            destination=warehouse.dialect.name,
            few_rows_format=warehouse.dialect.small_load_format,
            session_settings=warehouse.dialect.session_settings,
            credentials=str(place),
            landing=landing,
            working_dir=folder,
        )
    moment = T0 + timedelta(hours=version)
    made = TableLoad("tickets", ("id",), COLUMNS, moment, load_id, (COMMENTS,), landed=True)
    with warehouse.session() as session:
        session.apply(schema, landing, made)
        session.drop_landing(landing)


def missing(url: str, schema: str, rows: int) -> list[str]:
    """In what the account's tables are not what was sent."""
    changed = len(range(0, rows, 10))
    empty = len(range(0, rows, 11))
    wanted = {
        "tickets": (rows, rows, empty, changed, sum(range(rows)) / 8 + changed),
        "tickets__comments": (rows, rows, empty, changed, 0.0),
    }
    results = []
    with open_warehouse(url).session() as session:
        for table, key, text, worth in (
            ("tickets", "id", "title", "worth"),
            ("tickets__comments", "_parent_id", "body", "0.0"),
        ):
            (row,) = session.fetch(
                f"SELECT count(*), count(DISTINCT {key}), count(*) FILTER (WHERE {text} = ''),"
                f" count(*) FILTER (WHERE {key} % 10 = 0 AND ({text} = '' OR {text} = 'ticket ' || {key} || ' v1')),"
                f" sum({worth}) FROM {schema}.{table}"
            )
            if tuple(map(float, row)) != tuple(map(float, wanted[table])):
                results.append(f"{schema}.{table}: wanted {wanted[table]}, found {row}")
    return results


def trial(url: str, rows: int, slices: int = 4) -> list[str]:
    """Both accounts at once; what is wrong afterwards."""
    context = multiprocessing.get_context("spawn")
    workers: list[Any] = [
        context.Process(target=load_account, args=(url, name, rows, slices)) for name in ACCOUNTS
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    died = [f"a worker ended with {worker.exitcode}" for worker in workers if worker.exitcode]
    return died or [line for name in ACCOUNTS for line in missing(url, name, rows)]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000, help="of each account")
    parser.add_argument("--trials", type=int, default=5)
    given = parser.parse_args()
    wrong = 0
    with running_postgres() as server:
        for number in range(given.trials):
            with fresh_database(server, f"trial_{os.getpid()}_{number}") as url:
                started = time.monotonic()
                results = trial(url, given.rows)
                wrong += bool(results)
                output = "; ".join(results) or f"2 x {given.rows:,} rows and children, nothing lost"
                print(f"trial {number + 1}: {output} ({time.monotonic() - started:.1f} s)", flush=True)
    print(f"{given.trials - wrong} of {given.trials} correct")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
