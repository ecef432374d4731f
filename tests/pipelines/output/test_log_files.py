"""Log files: what a sync logs is stored for a while, and no failure to store it changes the sync."""

from __future__ import annotations

import json
import logging
import resource
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fieldhouse.pipelines.output.console import log_event, log_line
from fieldhouse.pipelines.output.log_files import files_of_runs, log_file
from fieldhouse.sources.engine.errors import TryLater
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from tests.support.cli_runner import command_runner
from tests.support.sync_harness import refusing

DAYS = timedelta(days=1)
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_log_of_a_sync_is_stored_and_named_by_runs(tmp_path: Path) -> None:
    sandbox = BossDeskSandbox(size=0.02, edge_cases=True)
    folder = tmp_path / "logs" / "syncs"
    with command_runner(tmp_path, sandbox, LOGS__FOLDER=str(folder)) as at:
        assert at.run("sync", "--tables", "groups,tags", LOGS__FOLDER="").code == 0
        with sandbox.fault(refusing(lambda call: "/tags" in call.path, 403)):
            synced = at.run("sync", "--tables", "groups,tags")
        runs = at.run("runs", "--json").json["runs"]
        shown = at.run("runs").out
    assert synced.code == 2
    (path,) = folder.iterdir()
    assert synced.out.splitlines()[-1] == f"log: {path}"
    assert [run["log"] for run in runs] == [str(path), None]
    assert f"log: {path}" in shown.splitlines()
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(folder.stat().st_mode)) == (0o600, 0o700)
    entries = lines(path)
    started, *_, ended = entries
    assert (started["message"], started["tables"]) == ("sync started", {"bossdesk": ["groups", "tags"]})
    assert (ended["message"], ended["exit_code"]) == ("sync ended", 2)
    (failed,) = [entry for entry in entries if entry.get("table") == "tags"]
    assert failed["status"] == "denied"
    assert any(str(entry["message"]).startswith("bossdesk.groups: ok, ") for entry in entries)


@pytest.mark.parametrize("folder", ["/proc/nowhere", "/dev/null/logs", "a\0b"])
def test_folder_that_cannot_be_written_is_a_warning(capsys: pytest.CaptureFixture[str], folder: str) -> None:
    with log_file(folder, DAYS) as path:
        log_line("it goes on")
    assert path is None
    err = capsys.readouterr().err
    assert "warning: logs.folder: no log can be written there: " in err
    assert "it goes on" in err


def test_full_disk_ends_the_log_with_one_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with log_file(str(tmp_path), DAYS) as path:
        log_line("first")
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
        try:
            for number in range(5):
                log_event("table synced", number=number)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path is not None
    assert path.read_text().startswith('{"time"')
    err = capsys.readouterr().err
    assert err.count("warning: logs.folder: the log of this sync is incomplete: ") == 1


def test_log_has_a_greatest_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with log_file(str(tmp_path), DAYS, most_bytes=150) as path:
        for number in range(5):
            log_event("table synced", number=number)
    assert path is not None
    assert 0 < path.stat().st_size <= 150
    assert capsys.readouterr().err.count("the log of this sync ends at 150 bytes") == 1


def test_files_older_than_max_age_are_deleted_and_others_stay(tmp_path: Path) -> None:
    for name in (
        "sync-20261127T115959Z-0123abcd.jsonl",
        "sync-20261127T120001Z-0123abcd.jsonl",
        "notes.jsonl",
    ):
        (tmp_path / name).write_text("{}\n")
    with log_file(str(tmp_path), 2 * DAYS, now=lambda: NOON) as path:
        pass
    assert path is not None
    assert path.name.startswith("sync-20261129T120000Z-")
    left = {entry.name for entry in tmp_path.iterdir()} - {path.name}
    assert left == {"sync-20261127T120001Z-0123abcd.jsonl", "notes.jsonl"}


@pytest.mark.parametrize(
    ("error", "last"),
    [
        (TryLater("no answer", do="Run it again."), {"message": "sync ended", "exit_code": 3}),
        (KeyboardInterrupt(), {"message": "sync interrupted"}),
    ],
)
def test_log_has_the_end_of_a_sync_that_stopped(
    tmp_path: Path, error: BaseException, last: dict[str, object]
) -> None:
    with pytest.raises(type(error)), log_file(str(tmp_path), DAYS):
        logging.getLogger("library").warning("a library's warning")
        raise error
    (path,) = tmp_path.iterdir()
    warning, end = lines(path)
    assert (warning["level"], warning["message"]) == ("warning", "a library's warning")
    assert last.items() <= end.items()
    log_line("nothing is added after the end")
    assert len(lines(path)) == 2


def test_run_is_found_in_the_file_of_its_time(tmp_path: Path) -> None:
    with log_file(str(tmp_path), DAYS) as path:
        log_event("account synced", run_id="abc")
    now = datetime.now(UTC)
    assert files_of_runs(str(tmp_path), [("abc", now), ("other", now)]) == {"abc": path}
    assert files_of_runs("", [("abc", now)]) == {}
    assert files_of_runs(str(tmp_path / "none"), [("abc", now)]) == {}
