"""Rate budgets that machines share through a Postgres warehouse."""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from fieldhouse.pipelines.config.settings import load
from fieldhouse.sources.engine.errors import TryLater
from fieldhouse.sources.engine.http.rate_limit import Limit, SharedRateLimiter
from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.warehouse.backends.rate_budget import Budgets
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.errors import WarehouseUnreachable
from tests.engine.http.test_rate_limit import most_in_any
from tests.support.postgres.server_sessions import end_sessions
from tests.support.sync_harness import open_harness

pytestmark = pytest.mark.postgres

PUBLISHED = (Limit(50, 1.0), Limit(60_000, 3600.0))


def machine(url: str) -> Budgets:
    return open_warehouse(url, sleep=lambda seconds: None).budgets()


def grants(url: str) -> list[float]:
    """The moments for which requests were granted, of every budget's first limit."""
    with open_warehouse(url).session() as session:
        rows = session.fetch(
            "SELECT g.at FROM fieldhouse.grants AS g WHERE seconds ="
            " (SELECT min(seconds) FROM fieldhouse.grants AS o WHERE o.budget = g.budget) ORDER BY g.at"
        )
    return [at for (at,) in rows]


def used(url: str) -> list[int]:
    with open_warehouse(url).session() as session:
        return [count for (count,) in session.fetch("SELECT used FROM fieldhouse.budgets ORDER BY seconds")]


def test_machines_that_begin_at_once_never_send_more_than_is_published(postgres_url: str) -> None:
    """Two at a time ask as fast as they can; what was granted to both keeps the limit, and uses it."""
    one_each = (Limit(50, 1.0), Limit(300, 100.0))
    pauses: list[float] = []

    def ask() -> None:
        mine = machine(postgres_url)
        pauses.extend(mine.reserve("host", one_each, 1e9) for _ in range(60))
        mine.close()

    workers = [threading.Thread(target=ask) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(pauses) == 120
    assert used(postgres_url) == [120, 120]
    last_fifty = grants(postgres_url)
    assert len(last_fifty) == 50
    assert most_in_any(last_fifty, 1.0) <= 50
    assert last_fifty[-1] - last_fifty[0] < 1.1 * 49 / 50
    gaps = [after - before for before, after in pairwise(last_fifty)]
    assert min(gaps) > 0.02


def test_a_long_limit_is_counted_and_waited_for(postgres_url: str) -> None:
    one, two = (SharedRateLimiter(((5, 3600.0),), machine(postgres_url), "host") for _ in range(2))
    for turn in range(5):
        assert (one, two)[turn % 2].reserve() < 1
    for governor in (one, two):
        with pytest.raises(TryLater) as late:
            governor.reserve()
        assert late.value.after is not None
        assert 3000 < late.value.after <= 3601
        assert f"again in {math.ceil(late.value.after / 60)} minutes" in late.value.do
    assert used(postgres_url) == [5], "what was refused does not count"
    patient = SharedRateLimiter(((5, 3600.0),), machine(postgres_url), "host", patience=1e9)
    assert 3000 < patient.reserve() <= 3601
    other = SharedRateLimiter(((5, 3600.0),), machine(postgres_url), "another host")
    assert other.reserve() < 1


def test_a_connection_that_ends_is_made_anew(postgres_url: str) -> None:
    mine = machine(postgres_url)
    mine.reserve("host", PUBLISHED, 120)
    assert (
        end_sessions(
            postgres_url,
            "SELECT pid FROM pg_stat_activity"
            " WHERE application_name = 'fieldhouse budgets' AND datname = current_database()",
        )
        == 1
    )
    assert mine.reserve("host", PUBLISHED, 120) < 1
    mine.close()
    assert used(postgres_url) == [2, 2]


def test_a_server_that_is_down_ends_the_run_and_no_request_is_sent() -> None:
    gone = machine("postgresql://postgres:secret@127.0.0.1:9/postgres?connect_timeout=2")
    with pytest.raises(WarehouseUnreachable, match="does not answer"):
        gone.reserve("host", PUBLISHED, 120)


def test_every_request_of_a_sync_is_written_down(postgres_url: str, tmp_path: Path) -> None:
    """Two machines, each with a home of its own, draw on one budget; without the setting there is none."""
    sent = 0
    for home in (tmp_path / "one", tmp_path / "two"):
        home.mkdir()
        box = SANDBOXES["notific"](seed=11, size=0.1, edge_cases=True)
        with open_harness(box, postgres_url, home, requests_per_hour="100000") as made:
            made = replace(made, account=replace(made.account, budgets=made.warehouse.budgets))
            report = made.sync("operators", "customers")
            assert report.exit_code == 0, report.error
            sent += report.requests
    assert sent >= 4
    (count,) = used(postgres_url)
    assert count >= sent, "signing in counts as well"
    assert count <= sent + 4
    with open_harness(box, postgres_url, tmp_path, requests_per_hour="100000") as made:
        assert made.sync("operators").exit_code == 0
    assert used(postgres_url) == [count]


def test_the_setting_gives_every_account_the_shared_budgets(postgres_url: str, tmp_path: Path) -> None:
    variables = {
        "HOME": str(tmp_path),
        "WAREHOUSE__URL": postgres_url,
        "SOURCES__NOTIFIC__BASE_URL": "https://notific.example.com",
        "SOURCES__NOTIFIC__API_KEY": "fake-api-key",
    }
    (plain,) = load(variables, project=tmp_path).accounts
    assert plain.budgets is None
    (sharing,) = load({**variables, "WAREHOUSE__SHARE_LIMITS": "true"}, project=tmp_path).accounts
    assert sharing.budgets is not None
    shared = sharing.budgets()
    assert shared.reserve("host", PUBLISHED, 120) < 1
    shared.close()


def test_grants_of_a_server_whose_clock_ran_ahead_count_as_made_now(postgres_url: str) -> None:
    limits = (Limit(20, 1.0), Limit(100, 3600.0))
    budgets = machine(postgres_url)
    for _ in range(60):
        budgets.reserve("host", limits, 120.0)
    with open_warehouse(postgres_url).session() as session:
        session.db.execute("UPDATE fieldhouse.budgets SET last_at = last_at + 31536000")
        session.db.execute("UPDATE fieldhouse.grants SET at = at + 31536000")
    pauses = [budgets.reserve("host", limits, 120.0) for _ in range(41)]
    budgets.close()
    assert pauses[0] <= 2.0
    assert max(pauses[:40]) <= 120.0
    assert pauses[40] > 3_000.0  # the 60 earlier ones still count in the hour
