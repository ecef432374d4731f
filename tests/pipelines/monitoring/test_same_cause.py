"""One situation, one cause: sync, ``status``, ``runs``, dashboard and alert name it with the same next step."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.warehouse.dashboard.health import AccountCard
from fieldhouse.warehouse.dashboard.page import content, look
from fieldhouse.warehouse.dashboard.query import Choice
from fieldhouse.warehouse.dashboard.reader import Reader
from fieldhouse.warehouse.dashboard.source import Place
from fieldhouse.warehouse.dashboard.tabs import HEALTH
from tests.support.cli_runner import CommandRunner, command_runner
from tests.support.http_receiver import receiving
from tests.support.sync_harness import refusing

TABLES = ("groups", "tags", "teams")


@contextmanager
def full_disk(sandbox: BossDeskSandbox) -> Iterator[None]:
    """No file can grow beyond some kilobytes: a disk without room, but for notes of that size."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    for _ in range(400):
        sandbox.create("groups")
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@dataclass(frozen=True)
class Situation:
    """What is wrong, the exit code, the tables that fail, and a word of the next step."""

    code: int
    failed: tuple[str, ...]
    step: str
    happens: Callable[[BossDeskSandbox], AbstractContextManager[object]] = lambda sandbox: nullcontext()
    settings: dict[str, str] = field(default_factory=dict)


SITUATIONS = {
    "wrong key": Situation(2, TABLES, "api_key", settings={"SOURCES__BOSSDESK__API_KEY": "wrong"}),
    "stopped vendor": Situation(
        3, TABLES, "Check the network", settings={"SOURCES__BOSSDESK__BASE_URL": "http://127.0.0.1:9/api/v1"}
    ),
    "withdrawn right": Situation(
        2, ("tags",), "right", lambda sandbox: sandbox.fault(refusing(lambda call: "/tags" in call.path, 403))
    ),
    "full disk": Situation(3, TABLES, "room", full_disk),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_cause_and_next_step_are_the_same_everywhere(tmp_path: Path, name: str) -> None:
    situation, sandbox = SITUATIONS[name], BossDeskSandbox(size=0.02, edge_cases=True)
    chosen = {"SOURCES__BOSSDESK__TABLES": ",".join(TABLES), "HOME": str(tmp_path)}
    with command_runner(tmp_path, sandbox) as at, receiving() as receiver:
        chosen["LOGS__FOLDER"] = str(tmp_path / "logs")
        settings = {**chosen, "ALERTS__WEBHOOK": receiver.url}
        assert at.run("sync", **settings).code == 0
        with situation.happens(sandbox):
            synced = at.run("sync", "--json", **settings, **situation.settings)
        assert synced.code == situation.code, synced.all
        tables = synced.json["vendors"]["bossdesk"]["tables"]
        errors = {table: row["error"] for table, row in tables.items() if row["error"]}
        assert set(errors) == set(situation.failed)
        ((cause, step),) = {(error["cause"], error["next_step"]) for error in errors.values()}
        assert situation.step in step

        status = at.run("status", "--json", **chosen)
        assert status.code == situation.code
        failed = {
            table: (row["cause"], row["next_step"])
            for table, row in status.json["vendors"]["bossdesk"]["tables"].items()
            if row["error"]
        }
        assert failed == dict.fromkeys(situation.failed, (cause, step))
        first, second = at.run("status", **chosen).out.splitlines()[:2]
        assert cause in first
        assert second == f"  -> {step}"

        (run, *_) = at.run("runs", "--json", **chosen).json["runs"]
        assert {(error["message"], error["next_step"]) for error in run["errors"]} == {(cause, step)}
        log = Path(run["log"]).read_text()
        assert cause in log or name == "full disk"  # where the end of the log has no room either

        (card,) = dashboard(at)
        assert [(shown.text, shown.next_step, shown.tables) for shown in card.causes] == [
            (cause, step, tuple(sorted(situation.failed)))
        ]
        assert card.state == "failing"

        (message,) = [json.loads(body)["text"] for _, body in receiver.got]
        assert cause in message
        assert message.endswith(f"Next step: {step}")

        assert at.run("sync", **chosen).code == 0
        assert at.run("status", **chosen).code == 0
        assert [shown.state for shown in dashboard(at)] == ["fresh"]


def dashboard(at: CommandRunner) -> Sequence[AccountCard]:
    place = Place(at.url)
    reader = Reader(place)
    known = look(reader)
    assert known is not None
    return content(HEALTH, reader, known, Choice(("bossdesk",)), place).cards
