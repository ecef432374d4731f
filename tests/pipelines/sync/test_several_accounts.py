"""Several accounts of one vendor: a schema, a state, a lock and a budget each; a shared host shares its limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldhouse.pipelines.config.settings import Settings, load
from fieldhouse.pipelines.sync.account_sync import sync_account
from fieldhouse.pipelines.sync.client import rate_limiters
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.server import serve
from fieldhouse.warehouse.connect import open_warehouse


@pytest.fixture(autouse=True)
def private_pace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDHOUSE_PACE_DIR", str(tmp_path))


def settings(tmp_path: Path, **sections: dict[str, str]) -> Settings:
    """Settings of accounts, by section: ``bossdesk``, ``bossdesk__emea``."""
    environment = {
        f"SOURCES__{section.upper()}__{name.upper()}": value
        for section, values in sections.items()
        for name, value in values.items()
    }
    return load({"HOME": str(tmp_path), **environment}, tmp_path)


def test_two_accounts_keep_their_rows_and_states_apart(tmp_path: Path) -> None:
    here, emea = (
        BossDeskSandbox(seed=1, size=0.05, edge_cases=True),
        BossDeskSandbox(seed=2, size=0.08, edge_cases=True),
    )
    emea.name = "emea"
    warehouse = open_warehouse(f"duckdb:///{tmp_path}/w.duckdb")
    with serve(here, emea) as urls:
        both = settings(
            tmp_path,
            bossdesk=here.settings(urls["bossdesk"]),
            bossdesk__emea=emea.settings(urls["emea"]),
        )
        for _ in range(2):
            reports = [
                sync_account(account, warehouse, Options(), tables=account.tables(["tickets", "users"]))
                for account in both.choose(["bossdesk"])
            ]
            assert [(report.account, report.exit_code) for report in reports] == [
                ("bossdesk", 0),
                ("bossdesk.emea", 0),
            ]
    assert [outcome.rows_written for report in reports for outcome in report.outcomes] == [0, 0, 0, 0]
    with warehouse.session() as session:
        for schema, box in (("bossdesk", here), ("bossdesk_emea", emea)):
            keys = session.rows(schema, "tickets", ["id"]).column("id").to_pylist()
            assert sorted(keys) == sorted(ticket["id"] for ticket in box.truth()["tickets"])
            assert set(session.states(schema)) == {"tickets", "users"}


def test_accounts_of_one_host_share_its_published_limits(tmp_path: Path) -> None:
    section = {"user_id": "1", "password": "fake-password"}
    one, two, other = settings(
        tmp_path,
        servicebridge=section,
        servicebridge__emea={**section, "requests_per_second": "5"},
        servicebridge__own={**section, "base_url": "https://elsewhere.example/api"},
    ).accounts
    shared = [
        pace.limiters[0].path for pace in (rate_limiters(one), rate_limiters(two), rate_limiters(other))
    ]
    assert shared[0] == shared[1] != shared[2]
    assert rate_limiters(one).limiters[0].limits == ((50, 1.0), (60_000, 3600.0))
    assert [governor.limits for governor in rate_limiters(two).limiters[1:]] == [((5, 1.0),)]
    assert len(rate_limiters(one).limiters) == 1


def test_a_database_that_is_out_of_reach_is_given_up_once(tmp_path: Path) -> None:
    """It is tried three times, with two pauses: not again for a note that the run never wrote."""
    paused: list[float] = []
    gone = open_warehouse("postgresql://nobody:none@127.0.0.1:9/none", sleep=paused.append)
    (account,) = settings(
        tmp_path, bossdesk={"base_url": "https://desk.example/api/v1", "api_key": "fake"}
    ).accounts
    report = sync_account(account, gone, Options(), tables=account.tables(["tags"]))
    assert (report.exit_code, len(paused)) == (3, 2)
