"""Syncs of vendors where people edit all the time: what a sync costs does not grow, and no version is missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import mean

import pytest

from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.sandbox import Answer, Call, Sandbox
from tests.support.runs.long_runs import in_long_runs
from tests.support.sync_harness import SyncHarness, duckdb_url, open_harness

EDITS = 6
"""Edits between two syncs."""
MINUTES = in_long_runs(1, 3)
"""Between two syncs."""
SYNCS = in_long_runs(32, 12)
"""More than twice the overlap of 15 minutes."""
SETTLED, WINDOW = in_long_runs((18, 7), (6, 3))
"""From this sync on, as many rows leave the overlap as come into it; syncs that are compared together."""


def edit_then_wait(box: Sandbox) -> None:
    box.edit(EDITS)
    box.clock.advance(minutes=MINUTES)


def wait_then_edit(box: Sandbox) -> None:
    """The sync comes within the same instant as the last edits: there may be more of them with the same time."""
    box.clock.advance(minutes=MINUTES)
    box.edit(EDITS)


def edit_all_the_time(box: Sandbox) -> None:
    for _ in range(EDITS):
        box.clock.advance(seconds=60 * MINUTES / EDITS)
        box.edit(1)


class TicketReads:
    """Counts the reads of details, by ticket, beside the versions that the tickets had when a sync began."""

    def __init__(self, box: BossDeskSandbox) -> None:
        self._tickets = box.stores["tickets"]
        self._numbers = {self._tickets.full(key)["friendly_id"]: key for key in self._tickets.updated}
        self.seen = dict(self._tickets.updated)
        self.reads: Counter[int] = Counter()
        self.versions: Counter[int] = Counter()

    def __call__(self, call: Call, honest: Answer) -> Answer | None:
        *path, number = call.path.split("/")
        if path[-1] == "tickets" and number.isdigit():
            self.reads[int(number)] += 1
        return None

    def note_versions(self) -> None:
        for key, updated in self._tickets.updated.items():
            number = self._tickets.full(key)["friendly_id"]
            self.versions[number] += self.seen.get(key) != updated
        self.seen = dict(self._tickets.updated)


@contextmanager
def loaded(box: Sandbox, folder: Path, *tables: str) -> Iterator[SyncHarness]:
    """The vendor with a warehouse; small tables lose more of their rows at once than a sync would believe."""
    with open_harness(box, duckdb_url(folder), folder, max_delete_share="1") as made:
        assert made.sync(*tables).exit_code == 0
        yield made


def misses_none(made: SyncHarness, *tables: str) -> bool:
    """True if each row of the vendor is there with its newest version; rows that it deleted may be left."""
    return {item.kind for item in made.differences(*tables)} <= {"extra row"}


@pytest.mark.parametrize("vendor", sorted(SANDBOXES))
def test_requests_of_a_sync_do_not_grow(vendor: str, tmp_path: Path) -> None:
    box = SANDBOXES[vendor](size=0.1)
    with loaded(box, tmp_path) as made:
        requests = []
        for _ in range(SYNCS):
            edit_then_wait(box)
            box.reset_counts()
            assert made.sync().exit_code == 0
            requests.append(box.requests())
        assert misses_none(made)
    first, settled, last = (mean(requests[start : start + WINDOW]) for start in (0, SETTLED, SYNCS - WINDOW))
    assert last <= settled * 1.05
    assert settled <= first + 2 * EDITS


@pytest.mark.parametrize("edit", [edit_then_wait, wait_then_edit, edit_all_the_time])
def test_details_of_a_version_are_read_at_most_twice(edit: object, tmp_path: Path) -> None:
    assert callable(edit)
    box = BossDeskSandbox(size=0.2)
    with loaded(box, tmp_path, "tickets") as made:
        reads = TicketReads(box)
        with box.fault(reads):
            for _ in range(SYNCS):
                edit(box)
                reads.note_versions()
                assert made.sync("tickets").exit_code == 0
                assert misses_none(made, "tickets")
    assert sum(reads.versions.values()) > SYNCS
    assert {number for number, count in reads.reads.items() if count > 2 * reads.versions[number]} == set()


@pytest.mark.parametrize("others", [0, 1, 12])
def test_a_version_that_becomes_visible_late_is_found(others: int, tmp_path: Path) -> None:
    """A second version, a second after the first and with no other row's time between, is seen five minutes later.

    With few rows in the overlap, the next sync finds it; with many, the one in which it leaves the overlap.
    """
    box = BossDeskSandbox(size=0.1)
    with loaded(box, tmp_path, "tickets") as made:
        tickets = list(box.stores["tickets"].updated)
        late, rest = tickets[0], tickets[1:]
        box.clock.advance(hours=1)
        first = box.clock.now()
        box.comment(late)
        for minute in range(MINUTES, 19, MINUTES):
            if minute == 6:
                moment = first + timedelta(seconds=1)
                box.comment(late)
                box.change("tickets", late, updated_at=f"{moment:%Y-%m-%dT%H:%M:%S.000Z}")
            for other in rest[: others * MINUTES]:
                box.clock.advance(seconds=60 / others)
                box.comment(other)
            if not others:
                box.clock.advance(minutes=MINUTES)
            assert made.sync("tickets").exit_code == 0
            if minute != 6 and (others <= 1 or minute in (6 - MINUTES, 18)):
                assert not made.differences("tickets"), minute
    assert not made.differences("tickets")


@pytest.mark.parametrize(("count", "others"), [(1, 1), (2, 1), (4, 2), (12, 6)])
def test_versions_that_become_visible_late_and_pass_other_rows_are_found(
    count: int, others: int, tmp_path: Path
) -> None:
    """Tickets get a second version, seen three minutes later, that is newer than those of others of the overlap."""
    box = BossDeskSandbox(size=0.2)
    with loaded(box, tmp_path, "tickets") as made:
        tickets = list(box.stores["tickets"].updated)
        late, rest = tickets[:count], tickets[count:]
        box.clock.advance(hours=1)
        for ticket in [*late, *rest[:others]]:
            box.comment(ticket)
            box.clock.advance(seconds=2)
        moment = box.clock.now()
        box.clock.advance(seconds=20)
        box.comment(rest[others])
        box.clock.advance(minutes=3)
        assert made.sync("tickets").exit_code == 0
        for place, ticket in enumerate(late):
            box.comment(ticket)
            seen = moment + timedelta(seconds=place)
            box.change("tickets", ticket, updated_at=f"{seen:%Y-%m-%dT%H:%M:%S.000Z}")
        assert made.sync("tickets").exit_code == 0
        if count + others <= 3:
            assert not made.differences("tickets")
        box.clock.advance(minutes=20)
        box.comment(rest[others])
        assert made.sync("tickets").exit_code == 0
        assert not made.differences("tickets")
