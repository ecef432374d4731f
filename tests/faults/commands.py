"""Commands of a case: the command line with a bench's settings, in this process or in one of its own."""

from __future__ import annotations

from tests.faults.fault_bench import FaultBench
from tests.support.cli_runner import CommandResult, CommandRunner


def runner_of(bench: FaultBench) -> CommandRunner:
    """Runs commands in the bench's folder, with its vendor and its warehouse."""
    return CommandRunner(bench.folder, {**bench.environment, "WAREHOUSE__URL": bench.url})


def command(bench: FaultBench, *arguments: str, **variables: str) -> CommandResult:
    """A command in this process; ``variables`` are added to its environment."""
    return runner_of(bench).run(*arguments, **variables)


def sync_tables(bench: FaultBench) -> tuple[str, str]:
    """The arguments that restrict a sync to the tables of the small world."""
    return "--tables", ",".join(bench.small_world.tables)
