"""The marts: runs the dbt project in ``warehouse/marts`` against the warehouse, in this process and in silence.

The same project is built by plain ``dbt build`` with the environment that its ``profiles.yml`` names; here that
environment comes from ``warehouse.url`` and lasts as long as the build. Nothing is written but the schemas ``marts``
and ``staging``: dbt's own files go to a folder that is thrown away, and the password to no file.
"""

from __future__ import annotations

import json
import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fieldhouse.pipelines.config.extras import install_command, is_installed
from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.sources.engine.errors import FixSettings, SourceError, TryLater
from fieldhouse.warehouse.connect import Warehouse, open_warehouse
from fieldhouse.warehouse.errors import AccountBusy

PROJECT = Path(__file__).parent.parent / "warehouse" / "marts"
SCHEMA = "marts"
_CHECKED_BY_MARTS = "test_type:data,path:models/staging"
_LONGEST_MESSAGE = 300


@dataclass(frozen=True)
class Problem:
    """A model that could not be built, or a test that found something. ``kind`` is ``model`` or ``test``."""

    kind: str
    name: str
    message: str


@dataclass(frozen=True)
class BuildReport:
    """What a build did. ``rows`` is the size of every mart; ``warnings`` stop nobody."""

    models: int = 0
    tests: int = 0
    seconds: float = 0.0
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0, or 1: a mart that cannot be built or fails its tests is a defect here."""
        return 1 if self.problems else 0

    def as_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "models": self.models,
            "tests": self.tests,
            "seconds": round(self.seconds, 1),
            "problems": [vars(problem) for problem in self.problems],
            "warnings": [vars(problem) for problem in self.warnings],
            "rows": dict(self.rows),
        }


def build(
    settings: Settings,
    *,
    variables: Mapping[str, Any] | None = None,
    thorough: bool = False,
    find: Callable[[str], object] = find_spec,
) -> BuildReport:
    """Build and test the marts of every account that the warehouse holds.

    Args:
        variables: the project's vars (``dbt_project.yml`` explains them), as ``{"zone": "Europe/Berlin"}``.
        thorough: also run the unit tests of the models' logic and the tests of the staging models, which the
            marts' own tests cover.
        find: says whether a package is installed.

    Raises:
        FixSettings: dbt is not installed.
        TryLater: another build of the same warehouse runs.
        WarehouseError: the warehouse cannot be opened.
        SourceError: dbt itself gave up.
    """
    _need_dbt(find)
    started = time.monotonic()
    warehouse = open_warehouse(
        settings.warehouse_url, lock_wait=settings.lock_wait, grant_read=settings.grant_read
    )
    try:
        with warehouse.account_lock(SCHEMA, f"process {os.getpid()} on {socket.gethostname()}"):
            results = _built(warehouse, variables or {}, thorough)
            rows = _sizes(warehouse)
            warehouse.settle()
    except AccountBusy as busy:
        raise TryLater(f"the marts are being built by {busy.holder}.", do="Wait for it to end.") from None
    return _report(results, rows, time.monotonic() - started)


def _need_dbt(find: Callable[[str], object]) -> None:
    if not is_installed("marts", find):
        raise FixSettings(
            "the marts need dbt, which is not installed.",
            do=f"Install the extra: {install_command('marts', find=find)}",
        )


def _built(warehouse: Warehouse, variables: Mapping[str, Any], thorough: bool) -> Sequence[Any]:
    """dbt's result of every model and test."""
    with warehouse.session():
        pass  # says what is wrong with the address in our words, and makes a file that old readers can read
    runner = import_module("dbt.cli.main").dbtRunner
    with (
        warehouse.exclusive(),
        tempfile.TemporaryDirectory(prefix="fieldhouse-marts-") as scratch,
        _environment(warehouse.dbt_profile()),
    ):
        try:
            said = runner().invoke(_arguments(scratch, variables, thorough))
        finally:
            if warehouse.file:
                _let_go()
    if said.exception or not hasattr(said.result, "results"):
        raise SourceError(f"dbt gave up: {_short(str(said.exception or said.result))}", where="build")
    results: Sequence[Any] = said.result.results
    return results


def _let_go() -> None:
    """Close the file, which dbt holds open from its first model to the end of the process."""
    import_module("dbt.adapters.duckdb.connections").DuckDBConnectionManager.close_all_connections()


def _arguments(scratch: str, variables: Mapping[str, Any], thorough: bool) -> list[str]:
    folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    folders += ["--target-path", scratch, "--log-path", scratch]
    silence = ["--log-level", "none", "--log-level-file", "none", "--no-write-json", "--no-partial-parse"]
    silence += ["--no-send-anonymous-usage-stats", "--no-use-colors"]
    chosen = [] if thorough else ["--exclude-resource-type", "unit_test", "--exclude", _CHECKED_BY_MARTS]
    return ["build", *folders, *silence, *chosen, "--vars", json.dumps(dict(variables))]


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _sizes(warehouse: Warehouse) -> dict[str, int]:
    with warehouse.session() as session:
        session.grant_read(SCHEMA)
        tables = sorted(session.catalogue(SCHEMA))
        return {
            table: int(session.fetch(f'SELECT count(*) FROM {SCHEMA}."{table}"')[0][0]) for table in tables
        }


def _report(results: Sequence[Any], rows: Mapping[str, int], seconds: float) -> BuildReport:
    kinds = [str(each.node.resource_type) for each in results]
    bad = [
        (each, _problem(each)) for each in results if str(each.status) not in ("success", "pass", "skipped")
    ]
    return BuildReport(
        models=kinds.count("model"),
        tests=kinds.count("test") + kinds.count("unit_test"),
        seconds=seconds,
        problems=tuple(problem for each, problem in bad if str(each.status) != "warn"),
        warnings=tuple(problem for each, problem in bad if str(each.status) == "warn"),
        rows=rows,
    )


def _problem(result: Any) -> Problem:
    kind = "test" if "test" in str(result.node.resource_type) else "model"
    return Problem(kind, str(result.node.name), _short(str(result.message or result.status)))


def _short(text: str) -> str:
    """The first lines of what dbt says: the details that follow can quote a row."""
    lines = [line.strip() for line in text.splitlines() if line.strip()][:2]
    return " ".join(lines)[:_LONGEST_MESSAGE]
