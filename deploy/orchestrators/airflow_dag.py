"""Airflow: a task per account every hour, then the marts. Works with Airflow 2.9 and later, 3 included.

fieldhouse is in an environment of its own (`uv tool install 'fieldhouse[marts]'` on the workers, or a virtual
environment), because its versions of dlt, DuckDB and dbt need not be those of Airflow's constraints. The settings
come from the environment of the workers or from `.dlt/` in FOLDER.
"""

from __future__ import annotations

import json
import os
import subprocess
from datetime import datetime, timedelta
from typing import Any

try:
    from airflow.sdk import dag, task
    from airflow.sdk.exceptions import AirflowFailException
except ImportError:  # older than Airflow 3
    from airflow.decorators import dag, task
    from airflow.exceptions import AirflowFailException

ACCOUNTS = ["bossdesk", "shiftboard"]
PROGRAM = os.environ.get("FIELDHOUSE_PROGRAM", "fieldhouse")
FOLDER = os.environ.get("FIELDHOUSE_FOLDER", "/srv/fieldhouse")


class OutOfReach(Exception):
    """Exit code 3: out of reach or busy. Another try is worthwhile."""


def run(*words: str) -> dict[str, Any]:
    """The JSON report of a command. Airflow retries any failure but AirflowFailException."""
    process = subprocess.run([PROGRAM, *words], cwd=FOLDER, stdout=subprocess.PIPE, text=True, check=False)
    if process.returncode == 3:
        raise OutOfReach("exit code 3: the log above has the cause")
    if process.returncode:
        raise AirflowFailException(f"exit code {process.returncode}: the log above has the next step")
    report: dict[str, Any] = json.loads(process.stdout)
    return report


@dag(
    schedule="17 * * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={
        "retries": 5,
        "retry_delay": timedelta(minutes=5),
        "retry_exponential_backoff": True,
        "execution_timeout": timedelta(hours=6),
    },
    tags=["fieldhouse"],
)
def fieldhouse() -> None:
    @task
    def sync(account: str) -> dict[str, Any]:
        return run("sync", account, "--json")

    @task(trigger_rule="all_done")
    def build() -> dict[str, Any]:
        return run("build", "--json")

    @task(retries=0)
    def status() -> dict[str, Any]:
        return run("status", "--max-age", "3h", "--json")

    # build also follows a sync that failed; status then does not run, which makes the DAG run a failed one
    synced, built = sync.expand(account=ACCOUNTS), build()
    synced >> built
    [synced, built] >> status()


fieldhouse()
