"""No part of a vendor's answer reaches a message: what is wrong is named by kind and position."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import duckdb
import pytest

from tests.support.cli_runner import CommandRunner
from tests.support.http_receiver import receiving
from tests.support.secret_canaries import files
from tests.support.wire import head_of, listening, message

CANARIES = ("anna-canary", "5550199", "ürgen-canary", "street-canary")
ROWS = json.dumps(
    [{"id": 1, "name": CANARIES[0], "cellPhone": CANARIES[1], "email": CANARIES[2], "street": CANARIES[3]}],
    ensure_ascii=False,
)
BODIES = {
    "slip": ROWS.replace('"anna-canary"', "anna-canary").encode(),
    "cut": ROWS.encode()[:-9],
    "wrong byte": ROWS.encode("latin-1"),
    "an object": json.dumps({CANARIES[0]: CANARIES[1], "Phone 5550199": 1}).encode(),
    "no records": json.dumps([*CANARIES]).encode(),
    "deep": b'[{"name": ' + b"[" * 400 + b'"anna-canary"' + b"]" * 400 + b"}]",
    "no key": json.dumps([{"name": CANARIES[0], "street": CANARIES[3]}]).encode(),
    "unfit": json.dumps([{"id": 1, "services": [{"id": "5550199-canary"}]}]).encode(),
}


@pytest.mark.parametrize("damage", BODIES)
def test_what_a_body_holds_is_in_no_message(damage: str, tmp_path: Path) -> None:
    def serve(connection: socket.socket) -> None:
        while True:
            head, _ = head_of(connection)
            is_customers = b"/api/Customers" in head
            connection.sendall(message(BODIES[damage] if is_customers else b"[]"))

    with listening(serve) as port, receiving() as alerts:
        runner = CommandRunner(
            tmp_path,
            {
                "SOURCES__NOTIFIC__BASE_URL": f"http://127.0.0.1:{port}",
                "SOURCES__NOTIFIC__API_KEY": "key-of-a-test",
                "SOURCES__NOTIFIC__PERSONAL_DATA": "drop",
                "SOURCES__NOTIFIC__EXCLUDE_COLUMNS": "*.street",
                "ALERTS__WEBHOOK": f"{alerts.url}/alert",
            },
        )
        results = [
            runner.run("sync", "notific", "--debug"),
            runner.run("sync", "notific", "--json", "--full"),
            runner.run("status", "--json"),
            runner.run("status"),
        ]
        posted = "".join(str(post) for post in alerts.got)
    with duckdb.connect(f"{tmp_path}/warehouse.duckdb", read_only=True) as database:
        books = str(database.execute("SELECT * FROM notific._syncs").fetchall())
    texts = [*(result.all for result in results), posted, books]
    texts += [
        content.decode("utf-8", "replace") for path, content in files(tmp_path) if ".duckdb" not in path
    ]
    for canary in CANARIES:
        assert not [text for text in texts if canary in text], canary
