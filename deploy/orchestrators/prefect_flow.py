"""Prefect 3: a task per account, then the marts. Serve it with `python prefect_flow.py`, every hour.

fieldhouse is in an environment of its own (`uv tool install 'fieldhouse[marts]'`); its settings come from the
environment of the worker or from `.dlt/` in FOLDER.
"""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from prefect import flow, get_run_logger, task

ACCOUNTS = ["bossdesk", "shiftboard"]
PROGRAM = os.environ.get("FIELDHOUSE_PROGRAM", "fieldhouse")
FOLDER = os.environ.get("FIELDHOUSE_FOLDER", "/srv/fieldhouse")


class OutOfReach(Exception):
    """Exit code 3: out of reach or busy. Another try is worthwhile."""


class ActionNeeded(Exception):
    """Exit code 1, 2 or 4: a person has to act."""


def run(*words: str) -> dict[str, Any]:
    """The JSON report of a command; its error output goes to the log of the run."""
    process = subprocess.run([PROGRAM, *words], cwd=FOLDER, capture_output=True, text=True, check=False)
    if process.stderr:
        get_run_logger().info(process.stderr)
    if process.returncode == 3:
        raise OutOfReach("exit code 3: out of reach or busy, another try is worthwhile")
    if process.returncode:
        raise ActionNeeded(f"exit code {process.returncode}: the log has the next step")
    report: dict[str, Any] = json.loads(process.stdout)
    return report


def is_out_of_reach(task: Any, task_run: Any, state: Any) -> bool:
    """True if the failure is worth another try."""
    return isinstance(state.result(raise_on_failure=False), OutOfReach)


@task(retries=5, retry_delay_seconds=[60, 300, 300, 900, 1800], retry_condition_fn=is_out_of_reach)
def sync(account: str) -> dict[str, Any]:
    return run("sync", account, "--json")


@task(retries=3, retry_delay_seconds=300, retry_condition_fn=is_out_of_reach)
def build() -> dict[str, Any]:
    return run("build", "--json")


@flow(name="fieldhouse", timeout_seconds=6 * 3600)
def fieldhouse(accounts: list[str] = ACCOUNTS) -> None:
    """Sync every account, then build the marts of what arrived; the flow fails if an account failed."""
    syncs = sync.map(accounts)
    syncs.wait()
    build()
    syncs.result()


if __name__ == "__main__":
    fieldhouse.serve(name="hourly", cron="17 * * * *", limit=1)
