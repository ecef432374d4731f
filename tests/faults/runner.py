"""Plays cases in this process, with one lab for all of them."""

from __future__ import annotations

import os
import time
import traceback
from dataclasses import dataclass
from multiprocessing.util import Finalize

from tests.faults.case import Case, Skipped
from tests.faults.fault_bench import Lab
from tests.faults.registry import every
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
class Manner:
    """How cases are played: the seed of their data, the warehouse of all of them, and whether dlt lands all rows."""

    seed: int = 7
    warehouse: str = ""
    all_by_dlt: bool = False


_lab: list[Lab] = []


def play(manner: Manner, case_id: str) -> Result:
    """One case, by its id."""
    if not _lab:
        lab = Lab(lambda: os.environ[GIVEN])
        lab.dialect, lab.all_by_dlt = manner.warehouse, manner.all_by_dlt
        _lab.append(lab)
        Finalize(None, close, exitpriority=10)
    return judged(next(case for case in every(manner.seed) if case.id == case_id), _lab[0])


def close() -> None:
    """Clean up after the last case."""
    while _lab:
        _lab.pop().close()


def judged(case: Case, lab: Lab) -> Result:
    """The case with what went wrong, if anything did."""
    started = time.monotonic()
    error = skipped = ""
    lab.story = case.id
    try:
        case.run(lab)
    except Skipped as reason:
        skipped = str(reason)
    except Exception:  # noqa: BLE001 - whatever goes wrong is what the table is for
        error = traceback.format_exc()
    return Result(case.id, case.group, error, skipped, time.monotonic() - started)
