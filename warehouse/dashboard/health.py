"""Account health: one card per account, from the rows of `_syncs`. States are exclusive and add up.

A table is in error if its last run did not end well, else late if its last complete read is older than the limit,
else fresh. An account is failing if any table is in error, late if any is late, else up to date.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Literal

from fieldhouse.warehouse import unrecorded_runs

State = Literal["failing", "late", "fresh"]
WORDS: Mapping[State, str] = {"failing": "Failing", "late": "Late", "fresh": "Up to date"}
RUNS = 30
"""Runs in a card's strip."""
_PLACE = re.compile(r"^[\w.]+: ")


@dataclass(frozen=True)
class Cause:
    """Tables whose last run met the same error, with the error's own next step."""

    text: str
    next_step: str
    tables: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """One run of an account."""

    started_at: datetime
    seconds: float
    tables: int
    failed_tables: int
    rows_written: int

    @property
    def is_good(self) -> bool:
        return self.failed_tables == 0


@dataclass(frozen=True)
class AccountCard:
    """What a person on call has to know of an account."""

    account: str
    state: State
    headline: str
    tables: int
    failing: int
    late: int
    causes: tuple[Cause, ...]
    runs: tuple[Run, ...]
    last_good_at: datetime | None
    next_expected_at: datetime | None

    @property
    def fresh(self) -> int:
        """Tables that are neither in error nor late."""
        return self.tables - self.failing - self.late

    @property
    def state_word(self) -> str:
        return WORDS[self.state]

    @property
    def strip_text(self) -> str:
        """The strip of runs in words, for readers who do not see it."""
        failed = sum(not run.is_good for run in self.runs)
        return f"Last {len(self.runs)} runs, oldest first: {len(self.runs) - failed} complete, {failed} with errors"


def cards(tables: Iterable[Mapping[str, Any]], runs: Iterable[Mapping[str, Any]]) -> list[AccountCard]:
    """One card per account, failing ones first.

    Args:
        tables: rows of `account_tables.sql`.
        runs: rows of `account_runs.sql`, newest first.
    """
    by_account: dict[str, list[Mapping[str, Any]]] = {}
    for table in tables:
        by_account.setdefault(str(table["account"]), []).append(table)
    runs_of: dict[str, list[Run]] = {}
    for row in runs:
        runs_of.setdefault(str(row["account"]), []).append(_run(row))
    made = [_card(account, rows, runs_of.get(account, [])) for account, rows in by_account.items()]
    order: Sequence[State] = ("failing", "late", "fresh")
    return sorted(made, key=lambda card: (order.index(card.state), card.account))


def with_unrecorded(
    tables: Iterable[Mapping[str, Any]], runs: Mapping[str, Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Rows of `account_tables.sql` after later runs that the warehouse could not store.

    Args:
        runs: account -> its last run of this kind, as ``unrecorded_runs.last`` gives it; empty for none.
    """
    return [_after(table, runs.get(str(table["account"]), {})) for table in tables]


def _after(table: Mapping[str, Any], run: Mapping[str, Any]) -> Mapping[str, Any]:
    parts = unrecorded_runs.later_error(run, table["table_name"], table["last_run_at"])
    if not parts:
        return table
    error = {"error": parts["cause"], "next_step": parts["next_step"], "last_outcome": parts["outcome"]}
    return {**table, **error, "state": "error", "last_run_at": run["finished_at"]}


def _run(row: Mapping[str, Any]) -> Run:
    return Run(
        row["started_at"],
        float(row["seconds"] or 0),
        int(row["tables"]),
        int(row["failed_tables"]),
        int(row["rows_written"] or 0),
    )


def _card(account: str, tables: Sequence[Mapping[str, Any]], newest_first: Sequence[Run]) -> AccountCard:
    failing = [table for table in tables if table["state"] == "error"]
    late = [table for table in tables if table["state"] == "late"]
    state: State = "failing" if failing else "late" if late else "fresh"
    causes = _causes(failing)
    runs = tuple(reversed(newest_first[:RUNS]))
    return AccountCard(
        account,
        state,
        _headline(state, len(tables), len(failing), len(late), causes),
        len(tables),
        len(failing),
        len(late),
        causes,
        runs,
        max((run.started_at for run in runs if run.is_good), default=None),
        _next(runs),
    )


def _causes(failing: Sequence[Mapping[str, Any]]) -> tuple[Cause, ...]:
    """One per error text (without the table's name) and next step; the one that stops most tables first."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for table in failing:
        text = _PLACE.sub("", str(table["error"] or "the run did not end"))
        grouped.setdefault((text, str(table["next_step"] or "")), []).append(str(table["table_name"]))
    causes = [Cause(text, step, tuple(sorted(names))) for (text, step), names in grouped.items()]
    return tuple(sorted(causes, key=lambda cause: (-len(cause.tables), cause.text)))


def _headline(state: State, tables: int, failing: int, late: int, causes: Sequence[Cause]) -> str:
    if state == "failing":
        reason = causes[0].text if len(causes) == 1 else f"{len(causes)} different errors"
        return f"{failing} of {tables} tables failed: {reason}"
    if state == "late":
        return f"{late} of {tables} tables were last read completely longer ago than the limit."
    return f"All {tables} tables are up to date." if tables != 1 else "Its one table is up to date."


def _next(runs: Sequence[Run]) -> datetime | None:
    """When the next run is due if runs keep their usual distance; None with fewer than four runs."""
    starts = [run.started_at for run in runs]
    gaps = [(after - before).total_seconds() for before, after in itertools.pairwise(starts)]
    return starts[-1] + timedelta(seconds=median(gaps)) if len(gaps) >= 3 else None
