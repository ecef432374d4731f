"""One run of a dlt pipeline, in a process that can be killed at any moment."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import dlt

from fieldhouse.pipelines.config.settings import load
from fieldhouse.pipelines.dlt_source.source import account_source
from fieldhouse.sources.engine.changes.options import Options
from tests.support.sync_harness import without_waits
from tests.support.warehouse.dlt_destinations import PLACES, Place

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__])


class LoadFailed(Exception):
    """A run ended with an error."""


@dataclass(frozen=True)
class Load:
    """What a run is made of; it is sent to the process.

    Attributes:
        variables: the environment, with the account's settings.
        folder: of the destination's files, the pipeline's working folder, and the result.
        url: an empty Postgres database, for that destination.
    """

    vendor: str
    place: str
    tables: tuple[str, ...]
    folder: Path
    url: str
    variables: Mapping[str, str]

    def destination(self) -> Place:
        """The destination."""
        return PLACES[self.place](self.folder, self.vendor, self.url)

    def run(self) -> dict[str, int]:
        """Run the pipeline in a process of its own: rows that it wrote, by table.

        Raises:
            LoadFailed: the process ended with an error.
        """
        process = _CONTEXT.Process(target=_run, args=(self,))
        process.start()
        process.join()
        if process.exitcode:
            raise LoadFailed(f"exit {process.exitcode}: {(self.folder / 'log').read_text()[-3000:]}")
        rows: dict[str, int] = json.loads((self.folder / "rows").read_text())
        return rows

    def run_and_kill(self, seconds: float) -> bool:
        """Start the pipeline and kill it after some seconds; False if it had ended before."""
        process = _CONTEXT.Process(target=_run, args=(self,))
        process.start()
        time.sleep(seconds)
        process.kill()
        process.join()
        return process.exitcode == -signal.SIGKILL


def _run(job: Load) -> None:
    log = os.open(job.folder / "log", os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.update(job.variables)
    os.chdir(job.folder)
    (account,) = load(job.variables, project=job.folder).accounts
    vendor = replace(account.vendor, connect=without_waits(account.vendor.connect, {}), limits=())
    place = job.destination()
    pipeline = dlt.pipeline(
        "desk",
        pipelines_dir=str(job.folder / "pipelines"),
        destination=place.destination(),
        dataset_name=job.vendor,
    )
    if pipeline.has_pending_data:
        pipeline.abort_packages()
    source = account_source(replace(account, vendor=vendor), Options(sweep=True, widens_ids=False))
    if place.table_format:
        for resource in source.selected_resources.values():
            resource.apply_hints(table_format=place.table_format)
    pipeline.run(source.with_resources(*job.tables)).raise_on_failed_jobs()
    normalized = pipeline.last_trace.last_normalize_info
    counts = normalized.row_counts if normalized else {}
    rows = {name: count for name, count in counts.items() if count and not name.startswith("_")}
    (job.folder / "rows").write_text(json.dumps(rows))
