"""New tables and their histories say in the database what their rows and columns mean, on each database."""

from __future__ import annotations

from pathlib import Path

from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from tests.support.sync_harness import SyncHarness, open_harness


def comments(harness: SyncHarness) -> dict[str, str]:
    """Table, or table.column, of the account -> its comment."""
    if harness.url.startswith("postgres"):
        sql = (
            "SELECT c.relname || coalesce('.' || a.attname, ''), d.description FROM pg_description AS d"
            " JOIN pg_class AS c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass"
            " LEFT JOIN pg_attribute AS a ON a.attrelid = d.objoid AND a.attnum = d.objsubid AND d.objsubid > 0"
            " WHERE c.relnamespace = 'bossdesk'::regnamespace"
        )
    else:
        sql = (
            "SELECT table_name, comment FROM duckdb_tables() WHERE schema_name = 'bossdesk' AND comment IS NOT NULL"
            " UNION ALL SELECT table_name || '.' || column_name, comment FROM duckdb_columns()"
            " WHERE schema_name = 'bossdesk' AND comment IS NOT NULL"
        )
    return dict(harness.fetch(sql))


def test_tables_children_and_histories_have_the_declared_descriptions(
    warehouse_url: str, tmp_path: Path
) -> None:
    box = BossDeskSandbox(size=0.05)
    with open_harness(box, warehouse_url, tmp_path, history="tickets") as harness:
        assert harness.sync("tickets", "users").exit_code == 0
        known = comments(harness)
    assert known["tickets"] == "one row per ticket"
    assert known["tickets__comments"] == "conversation, oldest first"
    assert known["tickets_history"] == "versions of tickets: one row per ticket"
    assert known["tickets_history__comments"] == "versions of tickets__comments: conversation, oldest first"
    assert known["tickets.due_at"] == known["tickets_history.due_at"] == "until when it should be solved"
    assert known["tickets_history._valid_from"] == "when this version was first read"
    of_tickets = {name for name in known if name.startswith("tickets.") and name != "tickets._deleted_at"}
    assert {name.replace("tickets.", "tickets_history.") for name in of_tickets} <= set(known)
    assert {"users", "users__roles"} <= set(known)
