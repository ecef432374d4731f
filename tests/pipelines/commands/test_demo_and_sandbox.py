"""The commands ``demo`` and ``sandbox``: the main job, and a place to try it, with no account anywhere."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from fieldhouse.pipelines.commands.demo import FILE, QUERY, run
from fieldhouse.pipelines.commands.serve.sandbox import run as serve_for
from fieldhouse.pipelines.config.settings import load
from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.sandbox import SANDBOXES
from tests.support.cli_runner import CommandRunner


@pytest.fixture(autouse=True)
def private_pace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDHOUSE_PACE_DIR", str(tmp_path))


def test_every_vendor_has_a_stand_in() -> None:
    assert set(SANDBOXES) == set(VENDORS)


def test_the_demo_syncs_changes_syncs_and_ends_with_an_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / FILE).write_text("what an earlier demo left")
    assert run(["bossdesk", "notific"], folder=tmp_path, size=0.1) == 0
    out = capsys.readouterr().out
    for part in (
        "1. 2 sandbox APIs",
        "2. The first sync",
        "3. People",
        "4. The second sync",
        QUERY,
        "duckdb.connect",
    ):
        assert part in out
    assert not re.search("impossible|stored as null|warning", out)
    assert [path.name for path in tmp_path.glob(f"{FILE}*")] == [FILE]
    with duckdb.connect(str(tmp_path / FILE), read_only=True) as stored:
        rows = stored.sql(QUERY).fetchall()
        synced = stored.sql("SELECT count(DISTINCT run_id) FROM bossdesk._syncs").fetchall()
        schemas = {name for (name,) in stored.sql("SELECT schema_name FROM duckdb_schemas()").fetchall()}
        today = stored.sql("SELECT day FROM marts.calendar WHERE is_today").fetchall()
        intervals = stored.sql(
            "SELECT DISTINCT vendor FROM marts.ticket_status_history ORDER BY 1"
        ).fetchall()
        ages = stored.sql("SELECT count(*), count(minutes_since_success) FROM marts.sync_health").fetchall()
    assert synced == [(2,)]
    assert {"bossdesk", "notific"} <= schemas
    assert today == [(date(2026, 11, 2),)], "the stand-ins' day, however late it is here"
    assert intervals == [("bossdesk",), ("notific",)]
    assert ages[0][0] == ages[0][1] > 0
    assert rows
    for agent, tickets, comments, _ in rows:
        assert re.search(rf"^{re.escape(agent)} +{tickets} +{comments} ", out, re.MULTILINE)


def rounds(count: int) -> Iterator[None]:
    yield from [None] * count


def test_the_sandbox_prints_settings_that_point_at_it_and_changes_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pauses = list[float]()
    assert (
        serve_for(["notific", "bossdesk"], size=0.05, changes=20, rounds=rounds(3), sleep=pauses.append) == 0
    )
    out, err = capsys.readouterr()
    assert pauses == [3.0, 3.0, 3.0]
    assert err.count("notific: ") == err.count("bossdesk: ") == 3
    exported = dict(re.findall(r"^export (\w+)='(.*)'$", out, re.MULTILINE))
    accounts = load({"HOME": str(tmp_path), **exported}, tmp_path).accounts
    assert [account.name for account in accounts] == ["bossdesk", "notific"]
    toml = out.partition("secrets.toml:\n")[2].replace("# ", "")
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "secrets.toml").write_text(toml)
    assert load({"HOME": str(tmp_path)}, tmp_path).accounts == accounts


def test_the_sandbox_leaves_rows_alone_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert serve_for(["notific"], size=0.05, changes=0, rounds=rounds(1), sleep=lambda seconds: None) == 0
    assert "notific: " not in capsys.readouterr().err


def test_the_sandbox_ends_with_the_interrupt(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    assert serve_for(["notific"], size=0.05, sleep=interrupted) == 0
    assert "stopped" in capsys.readouterr().err


def test_a_port_that_is_taken_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(FixSettings, match="cannot be used"):
            serve_for(["notific"], port=taken.getsockname()[1], size=0.05, rounds=rounds(0))


def test_an_unknown_sandbox_is_refused(tmp_path: Path) -> None:
    output = CommandRunner(tmp_path).run("sandbox", "notifik")
    assert output.code == 2
    assert "Did you mean 'notific'?" in output.err
