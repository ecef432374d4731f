"""The command ``build``: the marts, and what was found wrong in them."""

from __future__ import annotations

import gc

from fieldhouse.pipelines.build_marts import BuildReport, build
from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.output.console import counted, duration, grid, say, say_json, tell
from fieldhouse.pipelines.output.exit import exit_code, said
from fieldhouse.pipelines.sync.publish import check_copy, hand_over, tell_unpublished
from fieldhouse.sources.engine.errors import gravest
from fieldhouse.warehouse.connect import open_warehouse


def run(settings: Settings, *, as_json: bool = False) -> int:
    """Build the marts, give readers their copy, and print how it went; the exit code."""
    warehouse = open_warehouse(settings.warehouse_url, lock_wait=settings.lock_wait, say=tell)
    check_copy(warehouse, settings.publish)
    # dbt keeps what it parses: to look for cycles in it took a tenth of a build
    gc.set_threshold(50_000, 20, 20)
    report = build(settings)
    failed = hand_over(warehouse, settings.publish, wrote=False)
    if as_json:
        say_json({**report.as_json(), **({"publish_error": said(failed)} if failed else {})})
    else:
        tell_build(report)
        if failed:
            tell_unpublished(failed)
    return gravest([report.exit_code, *([exit_code(failed)] if failed else [])])


def tell_build(report: BuildReport) -> None:
    """A build's report on standard output."""
    state = counted(len(report.problems), "problem") if report.problems else "all is well"
    say(f"marts: {report.models} models and {report.tests} tests in {duration(report.seconds)}: {state}")
    if report.rows:
        grid(("mart", "rows"), [[name, f"{rows:,}"] for name, rows in report.rows.items()], ("rows",))
    for problem in report.problems:
        say(f"error: {problem.kind} {problem.name}: {problem.message}")
    for problem in report.warnings:
        say(f"warning: {problem.kind} {problem.name}: {problem.message}")
