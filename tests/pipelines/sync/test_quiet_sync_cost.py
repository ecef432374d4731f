"""What a sync costs that finds nothing changed: statements and transactions, whatever the number of tables."""

from pathlib import Path
from typing import Any

import pytest

from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.postgres.postgres_proxy import proxy_to
from tests.support.sync_harness import open_harness


@pytest.mark.postgres
def test_a_quiet_sync_of_20_tables_takes_20_statements_and_3_transactions(
    postgres_url: str, tmp_path: Path
) -> None:
    with (
        proxy_to(postgres_url) as line,
        open_harness(BossDeskSandbox(size=0.05, edge_cases=True), line.url, tmp_path) as at,
    ):
        assert len(at.sync().outcomes) == 20
        states = at.fetch("SELECT table_name, value FROM bossdesk._state WHERE table_name NOT LIKE '\\_%'")
        line.statements.clear()
        report = at.sync()
        statements = list(line.statements)
        assert (report.exit_code, report.packages) == (0, 0)
        assert len(statements) <= 20, "\n".join(text[:100] for text in statements)
        assert sum(text == "COMMIT" for text in statements) + _alone(statements) <= 3
        assert not any(text.startswith("DELETE") and "_running" not in text for text in statements)
        later = at.fetch("SELECT table_name, value FROM bossdesk._state WHERE table_name NOT LIKE '\\_%'")
        assert dict(later).keys() == dict(states).keys()
        assert dict(later) != dict(states)
        assert at.differences() == []


def _alone(statements: list[str]) -> int:
    """Statements that write outside of a transaction."""
    count, is_inside = 0, False
    for text in statements:
        is_inside = (is_inside or text.startswith("BEGIN")) and text != "COMMIT"
        count += not is_inside and text.startswith(("MERGE", "INSERT", "DELETE", "UPDATE"))
    return count


def test_a_run_that_dies_before_its_end_leaves_every_cursor_where_it_was(
    warehouse_url: str, tmp_path: Path
) -> None:
    """The states of tables without changes are written with the last transaction of a run."""
    with open_harness(BossDeskSandbox(size=0.05, edge_cases=True), warehouse_url, tmp_path) as at:
        assert at.sync().exit_code == 0
        before = stored_states(warehouse_url)

        class Killed(BaseException):
            pass

        def kill(outcomes: Any) -> None:
            if all(outcome.seconds for outcome in outcomes):
                raise Killed

        with pytest.raises(Killed):
            at.sync(progress=kill)
        assert {
            name: value for name, value in stored_states(warehouse_url).items() if name in before
        } == before
        at.sandbox.clock.advance(hours=1)
        assert at.sync().exit_code == 0
        assert stored_states(warehouse_url) != before
        assert at.differences() == []


def stored_states(url: str) -> dict[str, Any]:
    with open_warehouse(url).session() as session:
        return {name: state for name, state in session.states("bossdesk").items() if not name.startswith("_")}
