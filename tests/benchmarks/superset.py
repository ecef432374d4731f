"""Superset over a published warehouse, for real: by hand, against a Superset that runs on this machine.

    python -m tests.benchmarks.superset http://127.0.0.1:8088 USER PASSWORD duckdb:////path/to/published.duckdb

Makes a database, a dataset over `marts.tickets` and a query of its chart through Superset's REST API, and compares the
answer with DuckDB's own. Superset needs the package `duckdb-engine` beside it for a DuckDB file.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import duckdb


def ask(url: str, token: str = "", body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One call of the REST API; ends the script with Superset's words where it refuses."""
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    try:
        with urlopen(
            Request(url, json.dumps(body).encode() if body else None, headers), timeout=60
        ) as output:
            document: dict[str, Any] = json.load(output)
            return document
    except HTTPError as error:
        raise SystemExit(f"{url}: {error.code} {error.read().decode()[:500]}") from None


def chart(dataset: int) -> dict[str, Any]:
    """Open tickets per team, as a chart asks for it."""
    count = {"expressionType": "SQL", "sqlExpression": "count(*)", "label": "open_tickets"}
    query = {
        "columns": ["team"],
        "metrics": [count],
        "filters": [{"col": "is_open", "op": "==", "val": True}],
        "row_limit": 100,
        "orderby": [[count, False]],
    }
    return {"datasource": {"id": dataset, "type": "table"}, "queries": [query], "result_format": "json"}


def main(base: str, user: str, password: str, address: str) -> None:
    login = {"username": user, "password": password, "provider": "db", "refresh": True}
    token = str(ask(f"{base}/api/v1/security/login", body=login)["access_token"])
    started = time.monotonic()
    name = f"fieldhouse {time.time():.0f}"
    database = ask(f"{base}/api/v1/database/", token, {"database_name": name, "sqlalchemy_uri": address})[
        "id"
    ]
    dataset = ask(
        f"{base}/api/v1/dataset/", token, {"database": database, "schema": "marts", "table_name": "tickets"}
    )["id"]
    answer = ask(f"{base}/api/v1/chart/data", token, chart(dataset))["result"][0]["data"]
    results = sorted((row["team"] or "", row["open_tickets"]) for row in answer)
    print(f"database, dataset and chart in {time.monotonic() - started:.1f} s: {len(results)} teams")
    if address.startswith("duckdb:///"):
        with duckdb.connect(address.removeprefix("duckdb:///").partition("?")[0], read_only=True) as stored:
            own = stored.sql(
                "SELECT coalesce(team, ''), count(*) FROM marts.tickets WHERE is_open GROUP BY team"
            ).fetchall()
        print(
            "equal to DuckDB's own answer" if results == sorted(own) else f"DIFFERS: {results} {sorted(own)}"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
