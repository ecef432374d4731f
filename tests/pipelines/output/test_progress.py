"""Progress: what is left, where it can be known, and lines that are not too many."""

from __future__ import annotations

from io import StringIO

from rich.console import Console
from rich.live import Live

from fieldhouse.pipelines.output.progress import EVERY, Lines, Moving, Sight
from fieldhouse.sources.engine.changes.outcome import Outcome, TableProgress
from fieldhouse.sources.engine.http.request_count import Requests


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def reading(table: str, *, total: int | None = None, **known: int) -> Outcome:
    return Outcome(table, progress=TableProgress("reading", total), **known)  # type: ignore[arg-type]


def test_what_is_left_follows_the_vendors_total() -> None:
    clock = Clock()
    sight, outcome = Sight(clock), reading("jobs", total=1000)
    sight.update("a", [outcome])
    assert sight.left("a", outcome) is None
    clock.seconds += 10
    outcome.rows_read, outcome.counter.sent = 250, 5
    assert sight.left("a", outcome) == 30
    assert sight.rate("a", outcome) == 0.5


def test_what_is_left_follows_the_details_that_are_due() -> None:
    clock = Clock()
    sight, outcome = Sight(clock), reading("tickets")
    sight.update("a", [outcome])
    clock.seconds += 20
    outcome.counter.sent, outcome.progress.details_pending = 100, 400
    assert sight.left("a", outcome) == 80


def test_nothing_is_said_to_be_left_where_nobody_knows() -> None:
    clock = Clock()
    sight, outcome = Sight(clock), reading("tickets")
    sight.update("a", [outcome])
    clock.seconds += 20
    outcome.rows_read = 30
    assert sight.left("a", outcome) is None


def test_a_line_now_and_then_says_how_far_it_is() -> None:
    clock, result = Clock(), list[str]()
    lines = Lines(clock=clock, say=result.append)
    outcomes = [Outcome("tags", progress=TableProgress("done")), reading("tickets", total=100)]
    lines.update("bossdesk", outcomes)
    lines.draw()
    assert result == []
    clock.seconds += EVERY
    outcomes[1].rows_read, outcomes[1].counter.sent = 50, 20
    lines.draw()
    lines.draw()
    assert result == ["bossdesk: 1 of 2 tables read; tickets 50 rows, 20 requests, 2/s, 10.0 s left"]
    outcomes[1].progress.phase = "done"
    clock.seconds += EVERY
    lines.draw()
    assert len(result) == 1


def test_between_two_tables_nothing_is_said_to_be_read() -> None:
    """A check, which loads nothing, has a moment between two tables; a sync loads then."""
    clock, result = Clock(), list[str]()
    lines = Lines(clock=clock, say=result.append)
    lines.update("bossdesk", [Outcome("tags", progress=TableProgress("done")), Outcome("tickets")])
    clock.seconds += EVERY
    lines.draw()
    assert result == ["bossdesk: 1 of 2 tables read"]


def test_each_table_is_told_once_when_it_is_read_with_verbose() -> None:
    result = list[str]()
    lines = Lines(verbose=True, clock=Clock(), say=result.append)
    lines.update(
        "bossdesk",
        [
            Outcome(
                "tags", progress=TableProgress("done"), rows_read=1200, counter=Requests(sent=40), seconds=3.0
            )
        ],
    )
    lines.draw()
    lines.draw()
    assert result == ["bossdesk.tags: ok, 1,200 rows read, 40 requests, 3.0 s"]


def test_on_a_terminal_it_moves() -> None:
    shown = StringIO()
    console = Console(file=shown, force_terminal=True, width=100)
    with Live(console=console, auto_refresh=False) as live:
        moving = Moving(live)
        moving.update(
            "bossdesk",
            [Outcome("tags", progress=TableProgress("done")), reading("tickets", rows_read=1234, total=5000)],
        )
        moving.draw()
    for part in ("bossdesk: 1 of 2 tables", "tickets", "1,234", "5,000"):
        assert part in shown.getvalue()
