"""What an account may decide about changes of shape, and what becomes of records that cannot be right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.pipelines.config.settings import load
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.sandbox import Record
from tests.support.sync_harness import SyncHarness, open_harness

TABLES = ("tags", "teams")
ENVIRONMENT = {
    "SOURCES__BOSSDESK__BASE_URL": "https://mycompany.bossdesk.io/api/v1",
    "SOURCES__BOSSDESK__API_KEY": "some-key",
}


@pytest.fixture
def standing(warehouse_url: str, tmp_path: Path) -> Any:
    box = BossDeskSandbox(size=0.05, edge_cases=True)
    return lambda **settings: open_harness(box, warehouse_url, tmp_path, **settings)


@pytest.fixture
def at(standing: Any) -> Iterator[SyncHarness]:
    with standing() as made:
        made.sync(*TABLES)
        yield made


@pytest.mark.parametrize(
    ("given", "tags", "teams"),
    [
        ("freeze", "freeze", "freeze"),
        ("evolve,tags=freeze", "freeze", "evolve"),
        ("discard, t*=evolve, tags=freeze", "freeze", "evolve"),
        ("ta*=discard", "discard", "evolve"),
    ],
)
def test_a_policy_holds_for_an_account_or_a_table(tmp_path: Path, given: str, tags: str, teams: str) -> None:
    (account,) = load({**ENVIRONMENT, "SOURCES__BOSSDESK__SCHEMA_DRIFT": given}, tmp_path).accounts
    assert [account.settings.drift(table) for table in TABLES] == [tags, teams]


def test_policies_are_a_section_in_a_file_and_no_account(tmp_path: Path) -> None:
    (tmp_path / ".dlt").mkdir()
    lines = ["[sources.bossdesk.schema_drift]", 'tags = "freeze"', '"*" = "discard"']
    (tmp_path / ".dlt" / "config.toml").write_text("\n".join(lines))
    (account,) = load(ENVIRONMENT, tmp_path).accounts
    assert [account.settings.drift(table) for table in TABLES] == ["freeze", "discard"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("frozen", "expected one of evolve, freeze, discard"),
        ("tags=frozen", "expected one of"),
        ("tagz=freeze", "Did you mean 'tags'"),
    ],
)
def test_a_wrong_policy_is_refused(tmp_path: Path, given: str, reason: str) -> None:
    with pytest.raises(FixSettings) as refused:
        load({**ENVIRONMENT, "SOURCES__BOSSDESK__SCHEMA_DRIFT": given}, tmp_path)
    assert "sources.bossdesk.schema_drift" in str(refused.value)
    assert reason in str(refused.value)


def test_a_frozen_table_stops_with_the_difference_and_the_others_go_on(
    at: SyncHarness, standing: Any
) -> None:
    for table in TABLES:
        at.sandbox.add_field(table, "colour", "red")  # type: ignore[attr-defined]
    before = at.snapshot().rows["tags"]
    with standing(schema_drift="evolve,tags=freeze") as frozen:
        report = frozen.sync(*TABLES)
        assert report.exit_code == 4
        assert "new column tags.colour (text)" in str(report.outcomes[0].error)
        assert frozen.snapshot().rows["tags"] == before
        assert {row["colour"] for row in frozen.snapshot().live("teams")} == {"red"}
    with standing() as thawed:
        assert thawed.sync(*TABLES).exit_code == 0
        assert thawed.differences(*TABLES) == []


def test_discarded_fields_are_said_once_and_known_fields_go_on(at: SyncHarness, standing: Any) -> None:
    at.sandbox.add_field("tags", "colour", "red")  # type: ignore[attr-defined]
    at.sandbox.add_field("tags", "shades", ["dark"])  # type: ignore[attr-defined]
    with standing(schema_drift="discard") as kept:
        for _ in range(2):
            kept.sandbox.change("tags")
            assert kept.sync(*TABLES).exit_code == 0
        after = kept.snapshot()
        assert kept.differences("teams") == []
        assert {row["name"] for row in after.live("tags")} == {
            row["name"] for row in kept.sandbox.truth()["tags"]
        }
        assert "colour" not in after.columns["tags"]
        assert "tags__shades" not in after.columns
        dropped = [
            row["column_name"] for row in after.books["_schema_changes"] if row["action"] == "discarded"
        ]
        assert sorted(dropped) == ["colour", "tags__shades"]


@pytest.mark.parametrize("vendor", ["bossdesk", "notific", "servicebridge"])
def test_a_first_sync_discards_what_is_not_declared(vendor: str, warehouse_url: str, tmp_path: Path) -> None:
    """Not even in a warehouse that is still empty does an undeclared field or list become a column or a table."""
    table = {"bossdesk": "tags", "notific": "customers", "servicebridge": "leads"}[vendor]
    box: Any = SANDBOXES[vendor](size=0.05)
    box.add_field(table, "colour", "red")
    box.add_field(table, "shades", [{"id": 1}])
    with open_harness(box, warehouse_url, tmp_path, schema_drift="discard") as fresh:
        assert fresh.sync(table).exit_code == 0
        now = fresh.snapshot()
    assert now.live(table)
    assert "colour" not in now.columns[table]
    assert f"{table}__shades" not in now.columns
    dropped = {row["column_name"] for row in now.books["_schema_changes"] if row["action"] == "discarded"}
    assert dropped >= {"colour", f"{table}__shades"}


def without_key(count: int, key: Any) -> Any:
    """The id of the first ``count`` tags is ``key``."""
    seen: dict[int, Any] = {}

    def shown(row: Record) -> Any:
        seen.setdefault(row["id"], key if len(seen) < count else row["id"])
        return seen[row["id"]]

    return shown


@pytest.mark.parametrize(
    ("key", "reason"), [(None, "key id is missing or null"), ({"no": "id"}, "key id is no integer")]
)
def test_a_record_without_a_key_is_put_aside_once_and_nothing_is_deleted_for_it(
    at: SyncHarness, key: Any, reason: str
) -> None:
    before = at.snapshot().live("tags")
    at.sandbox.add_field("tags", "id", without_key(1, key))  # type: ignore[attr-defined]
    for _ in range(2):
        report = at.sync(*TABLES)
        assert report.exit_code == 0
        assert report.outcomes[0].rows_quarantined == 1
        assert "1 record without a usable key: see _quarantine" in report.outcomes[0].notes
    after = at.snapshot()
    assert len(after.live("tags")) == len(before)
    (aside,) = after.books["_quarantine"]
    assert (aside["table_name"], aside["reason"]) == ("tags", reason)
    assert [row["rows_quarantined"] for row in after.books["_syncs"] if row["table_name"] == "tags"] == [
        0,
        1,
        1,
    ]


def test_a_table_that_is_mostly_unusable_stops_and_the_others_go_on(at: SyncHarness, standing: Any) -> None:
    before = at.snapshot().live("tags")
    at.sandbox.add_field("tags", "id", without_key(len(before) - 1, None))  # type: ignore[attr-defined]
    at.sandbox.change("teams")  # type: ignore[attr-defined]
    report = at.sync(*TABLES)
    assert report.exit_code == 4
    assert "more than max_quarantine_share 50%" in str(report.outcomes[0].error)
    assert at.snapshot().live("tags") == before
    assert len(at.snapshot().books["_quarantine"]) == len(before) - 1
    assert at.differences("teams") == []
    with standing(max_quarantine_share="1") as patient:
        assert patient.sync(*TABLES).exit_code == 0
