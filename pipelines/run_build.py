"""The command ``build``: the marts, and what was found wrong in them."""

from __future__ import annotations

from .build import BuildReport, build
from .console import counted, duration, grid, say, say_json
from .settings import Settings


def run(settings: Settings, *, as_json: bool = False) -> int:
    """Build the marts and print how it went; the exit code."""
    report = build(settings)
    if as_json:
        say_json(report.as_json())
    else:
        tell_build(report)
    return report.exit_code


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
