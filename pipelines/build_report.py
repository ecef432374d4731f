"""What a build of the marts did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .empty_columns import EmptyColumn as EmptyColumn


@dataclass(frozen=True)
class Problem:
    """A model that could not be built, or a test that found something. ``kind`` is ``model`` or ``test``."""

    kind: str
    name: str
    message: str


@dataclass(frozen=True)
class Quality:
    """Rows of a vendor's table that cannot be right, one of them by its key, and what the marts make of them."""

    table: str
    problem: str
    rows: int
    example: str
    consequence: str


@dataclass(frozen=True)
class BuildReport:
    """What a build did.

    ``models`` and ``tests`` count those that ran, ``skipped`` names the models that did not because of a problem.
    ``rows`` is the size of every mart that was replaced: none after a problem. ``warnings`` fail no build, nor do the
    vendors' rows that ``quality`` is about, and the columns of ``empty``. ``ways`` says of a build upon the last one
    how each model was made: ``keyed`` (rows of some keys), ``rebuilt`` (all rows) or ``same`` (not at all).
    """

    models: int = 0
    tests: int = 0
    seconds: float = 0.0
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    skipped: tuple[str, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    quality: tuple[Quality, ...] = ()
    empty: tuple[EmptyColumn, ...] = ()
    ways: Mapping[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0, or 1: a mart that cannot be built or fails its tests is a defect here."""
        return 1 if self.problems else 0

    def as_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "models": self.models,
            "tests": self.tests,
            "seconds": round(self.seconds, 1),
            "problems": [vars(problem) for problem in self.problems],
            "warnings": [vars(problem) for problem in self.warnings],
            "skipped": list(self.skipped),
            "rows": dict(self.rows),
            "data_quality": [vars(quality) for quality in self.quality],
            "empty_columns": [vars(empty) for empty in self.empty],
            "ways": dict(self.ways),
        }
