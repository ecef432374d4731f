"""The marts: runs the dbt project in ``warehouse/marts`` against the warehouse, in this process and in silence.

The same project is built by plain ``dbt build`` with the environment that its ``profiles.yml`` names; here that
environment comes from ``warehouse.url`` and lasts as long as the build. Nothing is written but the schemas ``marts``
and ``staging``: dbt's own files go to a folder that is thrown away, and the password to no file.

A build makes its marts beside those that readers have, and puts them in their place all at once; one that met a problem
leaves them as they were. Of a large warehouse it makes only the rows that a change since the last build concerns, if
nothing else changed: see ``marts_changes`` and ``warehouse/marts/macros/changes.sql``.
"""

from __future__ import annotations

import json
import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fieldhouse.pipelines.config.extras import install_command, is_installed
from fieldhouse.pipelines.config.marts_variables import marts_variables
from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.sources.engine.errors import FixSettings, SourceError, TryLater
from fieldhouse.warehouse.connect import Warehouse, open_warehouse
from fieldhouse.warehouse.errors import AccountBusy
from fieldhouse.warehouse.merge.replace_tables import TableChange

from . import marts_changes
from .build_report import BuildReport as BuildReport
from .build_report import EmptyColumn as EmptyColumn
from .build_report import Problem as Problem
from .build_report import Quality as Quality
from .empty_columns import empty_columns
from .marts_changes import BESIDE, CHANGES, MARTS, STAGING, Start
from .parsed_marts import move_schemas, parsed_project, project_key
from .sync.accounts_in_warehouse import schemas

PROJECT = Path(__file__).parent.parent / "warehouse" / "marts"
APART = "apart.duckdb"
"""The file in which the marts of a lake are built: one commit then puts them into the lake, not one for each model."""
_QUALITY = "data_quality"
_CHECKED_BY_MARTS = "test_type:data,path:models/staging"
_LONGEST_MESSAGE = 300
_WELL = ("success", "pass", "no-op")  # an exposure does nothing
_ASK_QUALITY = f"""
SELECT account || '.' || table_name, problem, count(*), min(record_key), min(consequence)
FROM {MARTS}.{_QUALITY}
GROUP BY account, table_name, problem
ORDER BY 1, 2
"""


def build(
    settings: Settings,
    *,
    variables: Mapping[str, Any] | None = None,
    thorough: bool = False,
    tests: bool = True,
    full: bool | None = None,
    find: Callable[[str], object] = find_spec,
) -> BuildReport:
    """Build and test the marts of every account that the warehouse holds.

    Args:
        variables: the project's vars (``dbt_project.yml`` explains them), as ``{"zone": "Europe/Berlin"}``; they win
            over those of the settings.
        thorough: also run the unit tests of the models' logic and the tests of the staging models, which the
            marts' own tests cover.
        tests: run the marts' data tests; without them, a build costs less than half. A build upon the last one tests
            the rows that it made.
        full: make every row, whatever changed; False makes those that a change concerns. None decides by the size of
            the raw tables.
        find: answers whether a package is installed.

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
    apart = warehouse.builds_marts_apart
    chosen = {
        **marts_variables(settings),
        **(variables or {}),
        "marts_schema": "main" if apart else BESIDE[MARTS],
    }
    try:
        with (
            warehouse.account_lock(MARTS, f"process {os.getpid()} on {socket.gethostname()}"),
            tempfile.TemporaryDirectory(prefix="fieldhouse-marts-") as scratch,
        ):
            work = _begin(warehouse, chosen, full=True if thorough or apart else full)
            report = _report(_built(warehouse, chosen, work, (thorough, tests), Path(scratch)))
            report = _replaced(warehouse, report, work, Path(scratch))
            warehouse.settle()
    except AccountBusy as busy:
        raise TryLater(f"the marts are being built by {busy.holder}.", do="Wait for it to end.") from None
    return replace(report, seconds=time.monotonic() - started)


def _begin(warehouse: Warehouse, variables: Mapping[str, Any], *, full: bool | None) -> Start:
    stated = str(variables.get("now") or "").replace("Z", "+00:00")
    now = datetime.fromisoformat(stated) if stated else datetime.now(UTC)
    given = {name: value for name, value in variables.items() if name != "now"}
    key = f"{project_key(PROJECT, given)} {json.dumps(given, sort_keys=True, default=str)}"
    with warehouse.session() as session:
        # reports an error of the address in our words, and makes a file that old readers can read
        for beside in BESIDE.values():
            session.drop_schema(beside)
        if warehouse.builds_marts_apart:
            return Start(key, now, None, None)
        zone = str(variables.get("zone") or marts_changes.CALENDAR_ZONE)
        return marts_changes.start(session, schemas(session), key, now, full=full, zone=zone)


def _replaced(warehouse: Warehouse, report: BuildReport, work: Start, scratch: Path) -> BuildReport:
    """Give readers the new marts, unless there was a problem; the report with what they hold then."""

    def note() -> None:
        if work.state:
            marts_changes.note_build(session, work.key, work.now, work.state)

    with warehouse.session() as session:
        if report.problems:
            for beside in BESIDE.values():
                session.drop_schema(beside)
            return report
        if work.changes is not None:
            listed = session.fetch(
                f"SELECT schema_name, table_name, kind, key, model, way FROM {BESIDE[MARTS]}.{CHANGES} ORDER BY model"
            )
            places = {beside: schema for schema, beside in BESIDE.items()}
            session.change_tables(places, [TableChange(*row[:4]) for row in listed], note)
            names = sorted(table for schema, table, *_ in listed if schema == BESIDE[MARTS])
            report = replace(report, ways={str(row[4]): str(row[5]) for row in listed})
        else:
            warehouse.offer_marts(session, BESIDE[MARTS], scratch / APART)
            names = sorted(session.catalogue(BESIDE[MARTS]))
            session.replace_tables(MARTS, BESIDE[MARTS])
            note()
        session.grant_read(MARTS)
        rows = {name: int(session.fetch(f'SELECT count(*) FROM {MARTS}."{name}"')[0][0]) for name in names}
        quality = session.fetch(_ASK_QUALITY) if _QUALITY in names else []
        empty = tuple(empty_columns(session.fetch, rows))
    return replace(report, rows=rows, quality=tuple(Quality(*row) for row in quality), empty=empty)


def _need_dbt(find: Callable[[str], object]) -> None:
    if not is_installed("marts", find):
        raise FixSettings(
            "the marts need dbt, which is not installed.",
            do=f"Install the extra: {install_command('marts', find=find)}",
        )


def _built(
    warehouse: Warehouse,
    variables: Mapping[str, Any],
    work: Start,
    tests: tuple[bool, bool],
    scratch: Path,
) -> Sequence[Any]:
    """dbt's result of every model and test."""
    runner = import_module("dbt.cli.main").dbtRunner
    reads = nullcontext() if warehouse.builds_marts_apart else warehouse.exclusive()
    profile = warehouse.dbt_profile(scratch / APART)
    file = profile.get("FIELDHOUSE_DUCKDB")
    with _environment(profile):
        # as dbt's adapters name it
        database = Path(file).stem if file else os.environ.get("PGDATABASE", "postgres")
        manifest = _parsed_project(runner, str(scratch), variables, database)
        chosen = _selection(*tests)
        if work.changes is not None:
            move_schemas(manifest, {STAGING: BESIDE[STAGING]})
            unchanged = work.changes.unchanged(manifest)
            with warehouse.session() as session:
                marts_changes.prepare(session, unchanged)
            chosen = marts_changes.selection(manifest, unchanged, tests[1])
            published = {beside: schema for schema, beside in BESIDE.items()}
            variables = {
                **variables,
                "published": published,
                "published_at": work.changes.since.isoformat(),
                "is_same_day": work.changes.is_same_day,
                "staging_schema": BESIDE[STAGING],
            }
        with reads:
            try:
                invocation = runner(manifest=manifest).invoke(_arguments(str(scratch), variables, chosen))
            finally:
                if warehouse.file or warehouse.builds_marts_apart:
                    _let_go()
    if invocation.exception or not hasattr(invocation.result, "results"):
        raise SourceError(
            f"dbt gave up: {_short(str(invocation.exception or invocation.result))}", where="build"
        )
    results: Sequence[Any] = invocation.result.results
    return results


def _parsed_project(runner: Any, scratch: str, variables: Mapping[str, Any], database: str) -> Any:
    """The parsed project, for models in ``database``, which the environment names too."""

    def parse() -> Any:
        invocation = runner().invoke(["parse", *_places(scratch), "--vars", json.dumps(dict(variables))])
        if invocation.exception:
            raise SourceError(f"dbt gave up: {_short(str(invocation.exception))}", where="build")
        return invocation.result

    return parsed_project(PROJECT, variables, database, parse)


def _let_go() -> None:
    """Close the file, which dbt holds open from its first model to the end of the process."""
    import_module("dbt.adapters.duckdb.connections").DuckDBConnectionManager.close_all_connections()


def _places(scratch: str) -> list[str]:
    """Options that every command of dbt gets: its folders, and silence."""
    folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    folders += ["--target-path", scratch, "--log-path", scratch]
    silence = ["--log-level", "none", "--log-level-file", "none", "--no-write-json", "--no-partial-parse"]
    return [*folders, *silence, "--no-send-anonymous-usage-stats", "--no-use-colors"]


def _arguments(scratch: str, variables: Mapping[str, Any], selection: Sequence[str]) -> list[str]:
    return ["build", *_places(scratch), *selection, "--vars", json.dumps(dict(variables))]


def _selection(thorough: bool, tests: bool) -> list[str]:
    """Options that choose the tests of a build."""
    if thorough:
        return []
    chosen = ["--exclude-resource-type", "unit_test", "--exclude", _CHECKED_BY_MARTS]
    return chosen if tests else [*chosen, "--exclude-resource-type", "test"]


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


def _report(results: Sequence[Any]) -> BuildReport:
    ran = [node_result for node_result in results if str(node_result.status) != "skipped"]
    kinds = [str(node_result.node.resource_type) for node_result in ran]
    bad = [
        (str(node_result.status), _problem(node_result))
        for node_result in ran
        if str(node_result.status) not in _WELL
    ]
    return BuildReport(
        models=kinds.count("model"),
        tests=kinds.count("test") + kinds.count("unit_test"),
        problems=tuple(problem for status, problem in bad if status != "warn"),
        warnings=tuple(problem for status, problem in bad if status == "warn"),
        skipped=tuple(
            sorted(
                str(node_result.node.name)
                for node_result in results
                if str(node_result.status) == "skipped" and str(node_result.node.resource_type) == "model"
            )
        ),
    )


def _problem(result: Any) -> Problem:
    kind = "test" if "test" in str(result.node.resource_type) else "model"
    return Problem(kind, str(result.node.name), _short(str(result.message or result.status)))


def _short(text: str) -> str:
    """The first lines of dbt's message: the details that follow can quote a row."""
    lines = [line.strip() for line in text.splitlines() if line.strip()][:2]
    return " ".join(lines)[:_LONGEST_MESSAGE]
