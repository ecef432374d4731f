"""A case of the matrix, and what its groups are called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.fault_benches import FaultBenches
from tests.faults.warehouses import WAREHOUSES

GROUPS = {
    "A1": "killed before, while and after each answer",
    "A2": "killed at a stage of the load",
    "A3": "killed, and the working and home folders lost with it",
    "A4": "SIGTERM and SIGINT",
    "A5": "out of memory",
    "A6": "disk full",
    "A7": "the database ends, refuses or blocks",
    "A8": "two syncs at once",
    "A9": "killed at a random moment",
    "A10": "killed several times in a row, and between slices",
    "A11": "killed before and after the n-th statement",
    "A12": "killed at the n-th file of the load's working folder",
    "B9": "429, with every kind of Retry-After",
    "B10": "5xx, once and for ever",
    "B11": "the line breaks, stalls or is not there",
    "B12": "answers that are not what they should be",
    "B13": "sessions and credentials that end",
    "B14": "redirects",
    "C15": "pages that repeat, loop or do not end",
    "C16": "rows come, go and change while pages are read",
    "C17": "a row changes or moves more than once in a run",
    "C18": "many rows with one cursor value",
    "C19": "rows that appear late",
    "C20": "deletes, restores and the guard against mass deletes",
    "C21": "one table is refused",
    "D22": "times written in every way",
    "D23": "the hours when clocks change",
    "D24": "clocks that are wrong or jump",
    "D25": "times that do not exist, and the first and last",
    "D26": "a cursor in the far future",
    "D27": "a clock of this machine that was wrong",
    "E31": "the vendor behind a proxy",
    "E32": "proxies that refuse, break or are misspelt",
    "E33": "certificates and handshakes that fail",
    "E34": "sessions, roles, poolers and lock files that are not as expected",
    "E35": "receivers of alerts, spans and metrics that answer badly",
    "E36": "environments and settings that reach more than they should",
    "G51": "the vendor's fields change in the run that is killed",
    "G52": "somebody changes tables during a load",
    "G53": "columns, views, indexes and grants of users",
    "G54": "views over a column whose type must widen",
    "H61": "5xx codes that nobody lists, at every vendor",
    "H62": "429 at the other vendors",
    "H63": "broken lines and 5xx at the other vendors",
    "H64": "texts that are hard to send or to store",
    "H65": "names of fields that a warehouse reserves, folds or cuts",
    "H66": "numbers and other values that a column can hardly hold",
}


class Skipped(Exception):
    """The machine cannot play this case; the message says what it lacks."""


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        group: one of ``GROUPS``.
        name: distinguishes it from others of its group.
        warehouses: those in which this can happen.
    """

    group: str
    name: str
    run: Callable[[FaultBenches], None]
    warehouses: tuple[str, ...] = tuple(WAREHOUSES)

    @property
    def id(self) -> str:
        return f"{self.group}-{self.name}"
