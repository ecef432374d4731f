"""The report of one account's sync, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fieldhouse.pipelines.errors import exit_code
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.errors import gravest


@dataclass
class Report:
    """The results of one account's sync.

    Attributes:
        error: set if the account as a whole could not be synced.
        packages: load batches that were landed.
        notes: what a reader should know of the account, such as rules that match nothing.
        unfinished: the note (``run_id``, ``started_at``, ``holder``) of an earlier run that never ended.
    """

    account: str
    run_id: str
    outcomes: list[Outcome] = field(default_factory=list)
    error: Exception | None = None
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: float = 0.0
    packages: int = 0
    unfinished: dict[str, Any] | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """The gravest code of the account's tables, or that of the account if nothing could be read."""
        if self.error is not None:
            return exit_code(self.error)
        return gravest([exit_code(outcome.error) for outcome in self.outcomes if outcome.error])

    @property
    def wrote(self) -> bool:
        """True if tables changed, in this run or in an unfinished one: more than the run's own notes."""
        return bool(self.packages or self.unfinished) or any(
            outcome.rows_deleted for outcome in self.outcomes
        )

    @property
    def requests(self) -> int:
        """Requests of all tables."""
        return sum(outcome.requests for outcome in self.outcomes)

    @property
    def requests_planned(self) -> int | None:
        """Requests that were expected if nothing had changed; None if a table is read for the first time."""
        expected = [outcome.progress.expected_requests for outcome in self.outcomes]
        return None if None in expected else sum(count or 0 for count in expected)

    @property
    def errors(self) -> list[Exception]:
        """The account's error and those of its tables, each once."""
        errors = [self.error, *(outcome.error for outcome in self.outcomes)]
        return list({id(error): error for error in errors if error is not None}.values())
