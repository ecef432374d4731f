"""Syncs of a warehouse with stored rows that get whole HTTP answers by chance: see ``fuzzed_answers``."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from fieldhouse.pipelines.config.account import Account
from fieldhouse.pipelines.config.settings import load
from fieldhouse.pipelines.sync.account_sync import sync_account
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.errors import SourceError
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.fuzzed_answers import FuzzedAnswer
from tests.support.sync_harness import without_waits
from tests.support.wire import head_of, listening, message

STORED = {number: f"stored {number}" for number in range(1, 7)}
"""The names of the rows that every sync starts from, by id: the answers have the ids 1 to 40."""
Rows = dict[int, str]


@dataclass
class StoredRows:
    """A warehouse with the rows ``STORED``, and the account whose vendor gives one answer at a time."""

    folder: Path
    accounts: dict[str, Account]
    answer: FuzzedAnswer | None = None

    def serve(self, connection: socket.socket) -> None:
        while True:
            head_of(connection)
            if self.answer is None:
                rows = [{"id": id, "name": name} for id, name in STORED.items()]
                connection.sendall(message(json.dumps(rows).encode(), "200 OK"))
            else:
                connection.sendall(self.answer.message)
            if self.answer is None or self.answer.rows is None:
                connection.shutdown(socket.SHUT_WR)
                return

    def sync(self, file: Path, data_format: str) -> tuple[Outcome, Rows]:
        """Sync the file's warehouse; the outcome, and the rows that are not marked deleted afterwards."""
        account, warehouse = self.accounts[data_format], open_warehouse(f"duckdb:///{file}")
        report = sync_account(
            account, warehouse, Options(sweep=True), tables=account.tables(["services"]), tick=0.01
        )
        with warehouse.session() as session:
            rows = session.fetch("SELECT id, name FROM notific.services WHERE _deleted_at IS NULL")
        return report.outcomes[0], {int(id): name or "" for id, name in rows}

    def check(self, answer: FuzzedAnswer) -> None:
        """Sync with the answer: no stored row changes or is deleted unless the vendor sent that."""
        file = self.folder / "fuzzed.duckdb"
        shutil.copyfile(self.folder / "stored.duckdb", file)
        self.answer = answer
        outcome, rows = self.sync(file, "xml" if answer.xml else "json")
        assert outcome.error is None or isinstance(outcome.error, SourceError)
        if outcome.error is not None or answer.rows is None:
            assert rows == STORED, outcome
        else:
            sent = dict(answer.rows)
            assert {id: name for id, name in rows.items() if id in sent} == sent
            assert {id: name for id, name in rows.items() if id not in sent}.items() <= STORED.items()


@contextmanager
def stored_rows(folder: Path) -> Iterator[StoredRows]:
    """The warehouse, filled by a sync; deletes are not held back, so that a wrong one would show."""
    stored = StoredRows(folder, {})
    with listening(stored.serve) as port:
        for data_format in ("json", "xml"):
            settings = {
                "base_url": f"http://127.0.0.1:{port}",
                "api_key": "hidden-key",
                "format": data_format,
                "max_delete_share": "1",
            }
            variables = {f"SOURCES__NOTIFIC__{name.upper()}": value for name, value in settings.items()}
            (account,) = load({"HOME": str(folder), **variables}, folder).accounts
            connect = without_waits(account.vendor.connect, {})
            stored.accounts[data_format] = replace(
                account, vendor=replace(account.vendor, connect=connect, limits=())
            )
        outcome, rows = stored.sync(folder / "stored.duckdb", "json")
        assert outcome.error is None
        assert rows == STORED
        yield stored
