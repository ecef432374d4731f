"""BOSSDesk against its own text: every printed example, value by value, and both ways to sign in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.sources.engine.errors import Unauthorized
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.sandbox import Answer, Call, Record, Sandbox
from tests.support.sync_harness import SyncHarness, open_harness
from tests.support.vendors.oracle import inventory

EXAMPLES: dict[str, Any] = json.loads((Path(__file__).parent / "bossdesk_examples.json").read_text("utf-8"))
"""Path -> what the documentation prints as its answer, without the lines that only say "...": """
DETAILED = ("tickets", "cis", "users")
CATEGORIES = [
    {"id": 1329, "friendly_id": 3, "name": "New Employee Setup"},
    {"id": 1330, "friendly_id": 4, "name": "Workstation Setup"},
]
"""What the text of API v2 prints for ``/article_categories``; of articles, the part that was read prints nothing."""


class Printed(Sandbox):
    """Answers with the documentation's examples and nothing else."""

    name = "bossdesk"

    def settings(self, base_url: str) -> dict[str, str]:
        return {"base_url": f"{base_url}/api/v1", "api_key": "c3176bbca97c5b7ee6cee715f3379366e031e0815862"}

    def truth(self) -> dict[str, list[Record]]:
        account = {"account": [EXAMPLES["/account"]]}
        plain = {path[1:]: rows for path, rows in EXAMPLES.items() if isinstance(rows, list)}
        beside = {"article_categories": CATEGORIES}
        return {**plain, **account, **beside, **{table: self._detailed(table) for table in DETAILED}}

    def _detailed(self, table: str) -> list[Record]:
        """The list's example and the detail's example; one record where both are of the same one."""
        listed, detail = EXAMPLES[f"/{table}"][0], EXAMPLES[f"/{table}/:friendly_id"]
        if listed["id"] == detail["id"]:
            return [{**listed, **detail}]
        return [listed, detail]

    def edit(self, count: int = 1) -> list[str]:
        return []

    def answer(self, call: Call) -> Answer:
        version, *parts = call.path.removeprefix("/api/").split("/")
        if parts[0] == "articles" or (version == "v2") != (parts[0] == "article_categories"):
            return Answer(status=404)
        if call.first("q[updated_at_gteq]", "").startswith("2999") or int(call.first("page", "1") or 1) > 1:
            return _json([])
        rows = self.truth()[parts[0]]
        if len(parts) == 1:
            return _json(rows[0] if parts[0] == "account" else rows)
        return _json(next(row for row in rows if str(row["friendly_id"]) == parts[1]))


def _json(document: Any) -> Answer:
    return Answer(body=json.dumps(document).encode(), headers={"Content-Type": "application/json"})


@pytest.fixture
def printed(tmp_path: Path) -> SyncHarness:
    with open_harness(Printed(), f"duckdb:///{tmp_path}/w.duckdb", tmp_path) as ready:
        return ready


def test_every_printed_example_lands_as_it_is_printed(printed: SyncHarness) -> None:
    report = printed.sync()
    assert report.exit_code == 0
    assert printed.differences() == []
    assert {*printed.sandbox.truth(), "articles"} == set(inventory("bossdesk"))
    assert [outcome.table for outcome in report.outcomes if not outcome.is_offered] == ["articles"]


def test_some_values_of_the_text_word_for_word(printed: SyncHarness) -> None:
    """Read with plain SQL, so that not only the oracle says it."""
    printed.sync()
    with printed.warehouse.session() as session:
        assert session.fetch("SELECT username FROM bossdesk.users ORDER BY id") == [
            ("jackpot",),
            ("nfeeney",),
        ]
        assert session.fetch(
            "SELECT field_id, value FROM bossdesk.tickets__custom_fields ORDER BY field_id"
        ) == [
            (20, "2016-10-20"),
            (29, "12"),
        ]
        assert session.fetch("SELECT field_id, value FROM bossdesk.cis__custom_fields ORDER BY field_id") == [
            (249, "true"),
            (435, "08543-ABF"),
        ]
        assert session.fetch("SELECT inventory__os__service_pack, status__name FROM bossdesk.cis") == [
            ("1.0", "Active")
        ]
        attachment = "SELECT name, size, _parent_id, _root_id FROM bossdesk.tickets__comments__attachments"
        assert session.fetch(attachment) == [("image.jpg", 32032, 58, 100)]


def test_impossible_time_is_null_and_its_text_is_kept_beside(printed: SyncHarness) -> None:
    """The text's own sample holds the second 74."""
    tickets = next(outcome for outcome in printed.sync().outcomes if outcome.table == "tickets")
    assert any(
        "impossible time" in note and "99:99:99" in note and "12:45:74" not in note for note in tickets.notes
    )
    with printed.warehouse.session() as session:
        tasks = session.fetch("SELECT title, created_at, created_at__v_text FROM bossdesk.tickets__tasks")
    assert tasks == [("An action", None, "2016-10-23T12:45:74.234Z")]


def test_the_key_can_be_fetched_by_signing_in(tmp_path: Path) -> None:
    box = BossDeskSandbox(size=0.02, edge_cases=True)
    with open_harness(
        box, f"duckdb:///{tmp_path}/w.duckdb", tmp_path, api_key="", **signing_in(box.password)
    ) as ready:
        assert ready.sync("tags", "teams").exit_code == 0
        assert ready.differences("tags", "teams") == []
    assert box.calls["POST /api/v1/sessions"] == 1


def test_a_wrong_password_is_tried_once(tmp_path: Path) -> None:
    box = BossDeskSandbox(size=0.02, edge_cases=True)
    with open_harness(
        box, f"duckdb:///{tmp_path}/w.duckdb", tmp_path, api_key="", **signing_in("wrong")
    ) as ready:
        report = ready.sync()
    assert report.exit_code == 2
    assert all(isinstance(outcome.error, Unauthorized) for outcome in report.outcomes)
    assert box.calls["POST /api/v1/sessions"] == 1


def signing_in(password: str) -> dict[str, str]:
    return {"username": BossDeskSandbox(size=0.02, edge_cases=True).username, "password": password}
