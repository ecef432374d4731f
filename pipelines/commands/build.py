"""The command ``build``: the marts, and what was found wrong in them."""

from __future__ import annotations

from fieldhouse.pipelines.build_marts import BuildReport, build
from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.errors import describe_error, exit_code
from fieldhouse.pipelines.inspect.freshness import existing_warehouse
from fieldhouse.pipelines.output.console import (
    duration,
    log_line,
    print_grid,
    print_json,
    print_line,
    quantity,
)
from fieldhouse.pipelines.output.report import print_empty_columns, print_publish_error
from fieldhouse.pipelines.sync.accounts_in_warehouse import schemas
from fieldhouse.pipelines.sync.publish import check_copy, publish_copy
from fieldhouse.sources.engine import startup
from fieldhouse.sources.engine.errors import FixSettings, gravest


def run(settings: Settings, *, full: bool = False, as_json: bool = False) -> int:
    """Build the marts, give readers their copy unless there was a problem, and print how it went; the exit code."""
    warehouse = existing_warehouse(settings, log_line)
    with warehouse.session() as session:
        if not schemas(session):
            raise FixSettings(
                f"{warehouse.display} holds no account.",
                do="Run 'fieldhouse sync' first, or correct warehouse.url or --warehouse.",
                where="warehouse.url",
            )
    check_copy(warehouse, settings.publish)
    startup.collect_garbage_seldom()
    report = build(settings, full=full or None)
    failed = None if report.problems else publish_copy(warehouse, settings.publish, wrote=False)
    if as_json:
        print_json({**report.as_json(), **({"publish_error": describe_error(failed)} if failed else {})})
    else:
        print_build(report)
        if failed:
            print_publish_error(failed)
    return gravest([report.exit_code, *([exit_code(failed)] if failed else [])])


def print_build(report: BuildReport) -> None:
    """A build's report on standard output."""
    state = quantity(len(report.problems), "problem") if report.problems else "ok"
    print_line(
        f"marts: {report.models} models and {report.tests} tests in {duration(report.seconds)}: {state}"
    )
    if report.rows:
        print_grid(("mart", "rows"), [[name, f"{rows:,}"] for name, rows in report.rows.items()], ("rows",))
    for problem in report.problems:
        print_line(f"error: {problem.kind} {problem.name}: {problem.message}")
    if report.skipped:
        print_line(f"skipped because of that: {', '.join(report.skipped)}")
    if report.problems:
        print_line("The marts are as they were before this build, and nothing was published.")
    for problem in report.warnings:
        print_line(f"warning: {problem.kind} {problem.name}: {problem.message}")
    for quality in report.quality:
        print_line(
            f"warning: {quality.table}: {quality.problem}: {quantity(quality.rows, 'row')}, for example"
            f" {quality.example}; such a row {quality.consequence}"
        )
    print_empty_columns(report.empty)
    if report.quality:
        print_line("  -> marts.data_quality lists every one of them")
