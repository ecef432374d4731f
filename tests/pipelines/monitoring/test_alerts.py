"""A webhook hears of what needs a person: once when it begins, once when it is over."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.pipelines.inspect.health import Health
from fieldhouse.pipelines.monitoring.alerts import Alarm, Alerts, Judged, after_status, after_sync
from fieldhouse.pipelines.monitoring.notify import _drift as drift_of
from fieldhouse.pipelines.sync.accounts_in_warehouse import RUNNING
from fieldhouse.pipelines.sync.report import Report
from fieldhouse.sources.engine.errors import TryLater
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.cli_runner import command_runner
from tests.support.http_receiver import receiving
from tests.support.sync_harness import SyncHarness, open_harness, refusing

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LISTS = ("groups", "tags", "teams")


class Post:
    """Keeps what would be sent; fails while ``broken``."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.broken = False

    def __call__(self, url: str, document: Mapping[str, Any]) -> None:
        if self.broken:
            raise ConnectionRefusedError("nobody listens")
        self.texts.append(document["text"])

    def new(self) -> list[str]:
        texts, self.texts = self.texts, []
        return texts


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def box() -> BossDeskSandbox:
    return BossDeskSandbox(size=0.02, edge_cases=True)


@pytest.fixture
def at(box: BossDeskSandbox, warehouse_url: str, tmp_path: Path) -> Iterator[SyncHarness]:
    with open_harness(box, warehouse_url, tmp_path) as actual:
        yield actual


@pytest.fixture
def alert(at: SyncHarness, post: Post, tmp_path: Path) -> Callable[[Report], list[str]]:
    """Tells of a report as a sync does; what was sent."""
    alerts = Alerts("http://127.0.0.1:9", at.warehouse, send=post, folder=tmp_path / "alerts")

    def messages(report: Report) -> list[str]:
        alerts.notify(after_sync(report, drift_of(at.warehouse, report)))
        return post.new()

    return messages


def test_a_failure_is_told_once_and_its_end_once(
    at: SyncHarness, box: BossDeskSandbox, alert: Callable[[Report], list[str]]
) -> None:
    assert alert(at.sync(*LISTS)) == []
    box.faults[:] = [refusing(lambda call: "/tags" in call.path, 403)]
    (text,) = alert(at.sync(*LISTS))
    assert text.startswith("fieldhouse: bossdesk.tags failed: ")
    assert "\nNext step: " in text
    assert alert(at.sync(*LISTS)) == []
    box.faults.clear()
    (text,) = alert(at.sync(*LISTS))
    assert text.startswith("fieldhouse: bossdesk.tags is well again")
    assert alert(at.sync(*LISTS)) == []


def test_a_vendor_out_of_reach_is_one_message(
    at: SyncHarness, box: BossDeskSandbox, alert: Callable[[Report], list[str]]
) -> None:
    box.faults[:] = [refusing(lambda call: True, 503)]
    (text,) = alert(at.sync(*LISTS))
    assert text.startswith("fieldhouse: bossdesk (groups, tags, teams) failed: ")
    box.faults.clear()
    assert alert(at.sync("tags"))[0].startswith("fieldhouse: bossdesk.tags is well again")
    assert alert(at.sync("groups", "teams"))[0].startswith("fieldhouse: bossdesk (groups, teams) is well")


def test_drift_is_told_once(
    at: SyncHarness, box: BossDeskSandbox, alert: Callable[[Report], list[str]]
) -> None:
    assert alert(at.sync(*LISTS)) == []
    box.change("tags", mood="new")
    (text,) = alert(at.sync(*LISTS))
    assert "changed what it sends: tags.mood added (text)" in text
    assert "Next step: " in text
    assert alert(at.sync(*LISTS)) == []


def test_a_run_that_was_killed_is_told_once_and_made_good(
    at: SyncHarness, alert: Callable[[Report], list[str]]
) -> None:
    assert alert(at.sync(*LISTS)) == []
    with at.warehouse.session() as session:
        assert RUNNING not in session.states("bossdesk")
        session.put_state(
            "bossdesk", RUNNING, {"run_id": "x", "started_at": "at noon", "holder": "process 1"}
        )
    (text,) = alert(at.sync(*LISTS))
    assert "the sync that began at at noon did not end (process 1)" in text
    assert "nothing is lost" in text
    assert alert(at.sync(*LISTS))[0].startswith("fieldhouse: bossdesk is well again")
    assert alert(at.sync(*LISTS)) == []


def test_what_could_not_be_sent_is_sent_by_the_next_run(
    at: SyncHarness,
    box: BossDeskSandbox,
    post: Post,
    alert: Callable[[Report], list[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    box.faults[:] = [refusing(lambda call: "/tags" in call.path, 403)]
    post.broken = True
    assert alert(at.sync(*LISTS)) == []
    assert "the next run tries again: nobody listens" in capsys.readouterr().err
    post.broken = False
    assert len(alert(at.sync(*LISTS))) == 1
    assert alert(at.sync(*LISTS)) == []


def test_a_warehouse_out_of_reach_is_told_once_all_the_same(tmp_path: Path, post: Post) -> None:
    gone = open_warehouse("postgresql://nobody:none@127.0.0.1:9/none", lock_wait=0)
    alerts = Alerts("http://127.0.0.1:9", gone, send=post, folder=tmp_path / "alerts")
    judged = after_sync(Report("bossdesk", "1", [], TryLater("no warehouse", do="Start it.")), [])
    alerts.notify(judged)
    (text,) = post.new()
    assert text == "fieldhouse: bossdesk failed: no warehouse\nNext step: Start it."
    alerts.notify(judged)
    assert post.new() == []
    back = Alerts(
        "http://127.0.0.1:9",
        open_warehouse(f"duckdb:///{tmp_path}/w.duckdb"),
        send=post,
        folder=alerts.folder,
    )
    back.notify(after_sync(Report("bossdesk", "2"), []))
    assert post.new()[0].startswith("fieldhouse: bossdesk is well again")
    back.notify(after_sync(Report("bossdesk", "3"), []))
    assert post.new() == []
    assert list(alerts.folder.iterdir()) == []


def test_a_stale_table_is_told_by_status_and_mended_by_a_sync(
    at: SyncHarness, post: Post, alert: Callable[[Report], list[str]], tmp_path: Path
) -> None:
    alert(at.sync(*LISTS))
    alerts = Alerts("x", at.warehouse, send=post, folder=tmp_path / "alerts")
    old = [Health("tags", last_sync=NOW - timedelta(hours=27)), Health("groups", last_sync=NOW)]
    judged = after_status("bossdesk", old, timedelta(hours=26), NOW, None)
    ahead = [Health("tags", last_sync=NOW + timedelta(days=365))]  # a clock was ahead: the age is unknown
    (alarm,) = after_status("bossdesk", ahead, timedelta(hours=26), NOW, None).alarms
    assert (alarm.kind, alarm.table) == ("stale", "tags")
    alerts.notify(judged)
    (text,) = post.new()
    assert text.startswith(
        "fieldhouse: bossdesk.tags is stale: older than 26 h (last synced 2026-02-28 09:00Z)"
    )
    alerts.notify(judged)
    assert post.new() == []
    assert alert(at.sync(*LISTS))[0].startswith("fieldhouse: bossdesk.tags is well again")


def test_many_tables_of_one_cause_are_named_and_counted(tmp_path: Path, post: Post) -> None:
    alarms = [Alarm("failed", f"t{n}", "no right", "Ask for it.") for n in range(7)]
    alerts = Alerts("x", open_warehouse(f"duckdb:///{tmp_path}/w.duckdb"), send=post, folder=tmp_path)
    alerts.notify(Judged("bossdesk", [*alarms, Alarm("failed", "other", "another cause")]))
    assert post.new() == [
        "fieldhouse: bossdesk (t0, t1, t2, t3, t4 and 2 more) failed: no right\nNext step: Ask for it.",
        "fieldhouse: bossdesk.other failed: another cause",
    ]


def test_the_commands_post_to_the_webhook_and_keep_it_secret(tmp_path: Path, box: BossDeskSandbox) -> None:
    with receiving() as receiver, command_runner(tmp_path, box) as at:
        hook = {"ALERTS__WEBHOOK": f"{receiver.url}/services/very-secret"}
        box.faults[:] = [refusing(lambda call: "/tags" in call.path, 403)]
        output = at.run("sync", "--tables", "tags", **hook)
        assert output.code == 2
        ((path, body),) = receiver.got
        assert path == "/services/very-secret"
        assert json.loads(body)["text"].startswith("fieldhouse: bossdesk.tags failed")
        receiver.status = 500
        box.faults.clear()
        output = at.run("sync", "--tables", "tags", **hook)
        assert output.code == 0
        assert "the webhook of alerts could not be reached" in output.err
        assert "very-secret" not in output.all
        receiver.status = 200
        assert at.run("status", "--max-age", "1h", **hook).code == 3
        texts = [json.loads(body)["text"] for _, body in receiver.got[2:]]
        assert [text.partition(" is stale")[0] for text in texts] == [
            "fieldhouse: bossdesk (tickets, cis, users, groups, manufacturers and 14 more)"
        ]


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"ALERTS__WEBHOOK": "ftp://x"}, "alerts.webhook: expected an address that begins with https://."),
        ({"ALERTS__WEBHOOK": "http://example.com/x"}, "alerts.webhook: expected an address"),
        ({"ALERTS__HOOK": "https://x"}, "alerts.hook: no such setting."),
        ({"ALERTS__MAX_AGE": "soon"}, "alerts.max_age: expected a duration such as 24h"),
    ],
)
def test_a_wrong_setting_stops_before_the_first_request(
    tmp_path: Path, box: BossDeskSandbox, variables: dict[str, str], message: str
) -> None:
    with command_runner(tmp_path, box) as at:
        output = at.run("sync", **variables)
        assert output.code == 2
        assert message in output.err
        assert not box.calls
