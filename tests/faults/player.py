"""Plays cases in this process, with one lab for all of them."""

from __future__ import annotations

import os
import time
import traceback
from dataclasses import dataclass
from multiprocessing.util import Finalize

from tests.faults.case import Case, Skipped
from tests.faults.lab import Lab
from tests.faults.registry import every
from tests.postgres import GIVEN


@dataclass(frozen=True)
class Result:
    """What became of a case: ``error`` is empty where it went as it should."""

    id: str
    group: str
    error: str = ""
    skipped: str = ""
    seconds: float = 0.0


_lab: list[Lab] = []


def play(seed: int, case_id: str) -> Result:
    """One case, by its id."""
    if not _lab:
        _lab.append(Lab(lambda: os.environ[GIVEN]))
        Finalize(None, close, exitpriority=10)
    return judged(next(case for case in every(seed) if case.id == case_id), _lab[0])


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
