"""The bare floor: ``httpx.AsyncClient``, orjson, pyarrow and the database, and nothing that makes a sync dependable.

No retry, no hash, no delete, no drift, no child tables, no proof: every column by hand, one table, one transaction.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tests.benchmarks.engines import CONCURRENCY

BATCH = 10_000
_PAIRS = ("CustomerCategory", "MarketingCampaign", "Branch", "Term", "Tax")
_TIMES = ("metadata__created_on", "metadata__updated_on")


def _columns() -> dict[str, Callable[[dict[str, Any]], Any]]:
    def path(*names: str) -> Callable[[dict[str, Any]], Any]:
        if len(names) == 1:
            return lambda row: row[names[0]]
        if len(names) == 2:
            return lambda row: row[names[0]][names[1]]
        return lambda row: row[names[0]][names[1]][names[2]]

    plain = ("Id", "Name", "AccountNumber", "IsActive", "Email", "Phone", "Balance", "CreditLimit", "Note")
    address = ("Line1", "City", "State", "PostalCode", "Country")
    results = {name.lower(): path(name) for name in plain}
    results |= {
        f"{name.lower()}__{leaf.lower()}": path(name, leaf) for name in _PAIRS for leaf in ("Id", "Name")
    }
    results |= {f"billing_address__{leaf.lower()}": path("BillingAddress", leaf) for leaf in address}
    results |= {
        "metadata__created_on": path("Metadata", "CreatedOn"),
        "metadata__updated_on": path("Metadata", "UpdatedOn"),
        "metadata__version": path("Metadata", "Version"),
    }
    for who in ("CreatedBy", "UpdatedBy"):
        results |= {
            f"metadata__{who.lower()}__{leaf.lower()}": path("Metadata", who, leaf) for leaf in ("Id", "Name")
        }
    return results


_COLUMNS = _columns()


def table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Typed columns of some rows."""
    arrays = {name: pa.array([value(row) for row in rows]) for name, value in _COLUMNS.items()}
    for name in _TIMES:
        arrays[name] = pc.cast(arrays[name], pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
    return pa.table(arrays)


async def fetch(url: str, since: str | None, sink: Callable[[pa.Table], None]) -> None:
    """All pages, eight in flight; the first says how many there are."""
    params = {"changeTime": since} if since else {}
    limits = httpx.Limits(max_connections=CONCURRENCY)
    async with httpx.AsyncClient(base_url=url, limits=limits, auth=("550000017", "secret")) as client:

        async def page(number: int) -> Any:
            answer = await client.get("/api/v1/Customers", params={**params, "page": number, "pageSize": 500})
            answer.raise_for_status()
            return orjson.loads(answer.content)

        first = await page(1)
        rows = first["Data"]
        pages = iter(range(2, -(-first["TotalCount"] // max(1, len(rows))) + 1))

        async def work() -> None:
            for number in pages:
                rows.extend((await page(number))["Data"])
                if len(rows) >= BATCH:
                    batch = rows[:]
                    rows.clear()
                    sink(table(batch))

        await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
        if rows:
            sink(table(rows))


def into_duckdb(url: str, since: str | None, path: str) -> None:
    import duckdb

    with duckdb.connect(path) as db:

        def sink(batch: pa.Table) -> None:
            db.register("batch", batch)
            if since:
                db.execute("DELETE FROM customers USING batch WHERE customers.id = batch.id").fetchall()
                db.execute("INSERT INTO customers SELECT * FROM batch").fetchall()
            else:
                db.execute("CREATE TABLE IF NOT EXISTS customers AS SELECT * FROM batch LIMIT 0").fetchall()
                db.execute("INSERT INTO customers SELECT * FROM batch").fetchall()
            db.unregister("batch")

        db.execute("BEGIN").fetchall()
        asyncio.run(fetch(url, since, sink))
        db.execute("COMMIT").fetchall()


def into_postgres(url: str, since: str | None, address: str) -> None:
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(address) as db, db.cursor() as cursor:

        def sink(batch: pa.Table) -> None:
            if since:
                cursor.adbc_ingest("changed", batch, mode="create", temporary=True)
                cursor.execute("DELETE FROM customers USING changed WHERE customers.id = changed.id")
                cursor.execute("INSERT INTO customers SELECT * FROM changed")
                cursor.execute("DROP TABLE changed")
            else:
                cursor.adbc_ingest("customers", batch, mode="create_append")

        asyncio.run(fetch(url, since, sink))
        if not since:
            cursor.execute("CREATE INDEX ON customers (id)")
        db.commit()


def newest(warehouse: str, path: str) -> str:
    """The cursor: the newest change that the warehouse holds."""
    question = "SELECT max(metadata__updated_on) FROM customers"
    if warehouse.startswith("duckdb"):
        import duckdb

        with duckdb.connect(path) as db:
            (results,) = db.execute(f"SELECT epoch_us(({question}))").fetchall()[0]
            moment = pa.scalar(results, pa.timestamp("us"))
    else:
        from adbc_driver_postgresql import dbapi

        with dbapi.connect(path) as db, db.cursor() as cursor:
            cursor.execute(question)
            moment = cursor.fetch_arrow_table().column(0)[0]
    text: str = pc.strftime(moment, "%Y-%m-%dT%H:%M:%S").as_py()
    return text[:19]


def main(url: str, warehouse: str, folder: str) -> int:
    duck = warehouse.startswith("duckdb")
    path = warehouse.removeprefix("duckdb:///") if duck else warehouse
    marker = Path(folder) / "floor.json"
    since = newest(warehouse, path) if marker.exists() else None
    (into_duckdb if duck else into_postgres)(url, since, path)
    marker.write_text(json.dumps({"loaded": True}))
    return 0


if __name__ == "__main__":
    if sys.argv[1] == "--start":
        import duckdb as duckdb

        sys.exit(0)
    sys.exit(main(*sys.argv[1:]))
