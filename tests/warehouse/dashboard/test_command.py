"""The dashboard command: settings, address, port, and the extra that it needs."""

from __future__ import annotations

import os
import re
import socket
import stat
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import pytest

from fieldhouse.pipelines.commands.serve.dashboard import run
from fieldhouse.pipelines.config.extras import install_command, is_installed
from fieldhouse.pipelines.config.settings import load
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.dashboard.source import Place
from fieldhouse.warehouse.errors import WarehouseSettingsError
from tests.support.cli_runner import CommandRunner
from tests.support.runs.long_runs import only_in_long_runs
from tests.support.warehouse.dashboard_pages import get

pytestmark = pytest.mark.skipif(
    not is_installed("dashboard"), reason="needs pip install 'fieldhouse[dashboard]'"
)


class TestCommand:
    def test_company_and_targets_of_the_settings_are_on_the_pages(self, tmp_path: Path) -> None:
        (tmp_path / ".dlt").mkdir()
        (tmp_path / ".dlt" / "config.toml").write_text(
            '[dashboard]\ncompany = "Acme <Field>"\ntargets = {covered_percent = 95}\n'
        )
        settings = load({"HOME": str(tmp_path)}, tmp_path, warehouse_url=f"duckdb:///{tmp_path}/none.duckdb")
        assert settings.dashboard.targets == {"covered_percent": 95}
        page = get(Place(settings.warehouse_url, company=settings.dashboard.company), "/health")
        assert "<h1>Acme &lt;Field&gt;</h1>" in page.body

    def test_it_serves_this_machine_alone_and_tells_nobody(self, tmp_path: Path, capsys: Any) -> None:
        url = "postgresql://fieldhouse:a-secret@db.example.com:5432/analytics"
        settings = load({"HOME": str(tmp_path)}, tmp_path, warehouse_url=url)
        calls: list[tuple[Any, int]] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        assert (
            run(settings, port=port, max_age=timedelta(hours=2), serve=lambda *a: calls.append(a), find=bool)
            == 0
        )
        ((served, given),) = calls
        assert callable(served)
        assert given == port
        assert "a-secret" not in "".join(capsys.readouterr())

    def test_the_extra_is_named(self, tmp_path: Path) -> None:
        settings = load({"HOME": str(tmp_path)}, tmp_path)
        with pytest.raises(FixSettings, match=re.escape(install_command("dashboard"))):
            run(settings, port=8501, max_age=timedelta(hours=2), find=lambda name: None)

    def test_a_port_that_is_taken_is_said(self, tmp_path: Path) -> None:
        settings = load({"HOME": str(tmp_path)}, tmp_path)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            with pytest.raises(FixSettings, match="--port"):
                run(settings, port=taken.getsockname()[1], max_age=timedelta(hours=2), find=bool)

    def test_a_wrong_address_and_a_wrong_age_stop_it(self, tmp_path: Path) -> None:
        settings = load({"HOME": str(tmp_path)}, tmp_path, warehouse_url="mysql://x")
        with pytest.raises(WarehouseSettingsError, match="scheme"):
            run(settings, port=8599, max_age=timedelta(hours=2), find=bool)
        assert CommandRunner(tmp_path).run("dashboard", "--max-age", "soon").code == 2


@only_in_long_runs
def test_a_build_of_an_empty_warehouse_gives_readers_their_copy(tmp_path: Path) -> None:
    if not find_spec("dbt"):
        pytest.skip("needs pip install 'fieldhouse[marts]'")
    copy = tmp_path / "published.duckdb"
    with open_warehouse(f"duckdb:///{tmp_path}/warehouse.duckdb").session() as session:
        session.prepare("bossdesk")
    assert CommandRunner(tmp_path).run("build", WAREHOUSE__PUBLISH=str(copy)).code == 0
    with duckdb.connect(str(copy), read_only=True) as stored:
        assert stored.sql("SELECT count(*) FROM marts.tickets").fetchall() == [(0,)]
    assert stat.S_IMODE(os.stat(copy).st_mode) == 0o600
