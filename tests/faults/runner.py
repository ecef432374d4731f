"""Plays cases in this process, with the same benches for all of them."""

from __future__ import annotations

import os
import time
import traceback
from dataclasses import dataclass
from multiprocessing.util import Finalize

from tests.faults.case import Case, Skipped
from tests.faults.fault_benches import FaultBenches
from tests.faults.registry import all_cases
from tests.support.postgres.postgres_server import GIVEN


@dataclass(frozen=True)
class Result:
    """What became of a case: ``error`` is empty where it went as it should."""

    id: str
    group: str
    error: str = ""
    skipped: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class PlayOptions:
    """How cases are played: the seed of their data, the warehouse of all of them, and whether dlt lands all rows."""

    seed: int = 7
    warehouse: str = ""
    all_by_dlt: bool = False


_benches: list[FaultBenches] = []


def play(manner: PlayOptions, case_id: str) -> Result:
    """One case, by its id."""
    if not _benches:
        benches = FaultBenches(lambda: os.environ[GIVEN])
        benches.dialect, benches.all_by_dlt = manner.warehouse, manner.all_by_dlt
        _benches.append(benches)
        Finalize(None, close, exitpriority=10)
    return judged(next(case for case in all_cases(manner.seed) if case.id == case_id), _benches[0])


def close() -> None:
    """Clean up after the last case."""
    while _benches:
        _benches.pop().close()


def judged(case: Case, benches: FaultBenches) -> Result:
    """The case with what went wrong, if anything did."""
    started = time.monotonic()
    error = skipped = ""
    benches.case_id = case.id
    try:
        case.run(benches)
    except Skipped as reason:
        skipped = str(reason)
    except Exception:  # noqa: BLE001 - whatever goes wrong is what the table is for
        error = traceback.format_exc()
    return Result(case.id, case.group, error, skipped, time.monotonic() - started)
