"""Group C: lists that lie about themselves, and rows that move while they are read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from fieldhouse.sources.sandbox.sandbox import Answer, Call
from tests.faults.case import Case
from tests.faults.fault_bench import FaultBench, describe_report
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.answers import TWO, marked, nothing_lost
from tests.faults.groups.process import known
from tests.faults.http_faults import FOR_EVER, UNAVAILABLE, FaultyAnswers, asking_for, body, rows_of, status
from tests.faults.injection_points import Crash, InjectionPoint
from tests.faults.small_worlds import SMALL_WORLDS, SmallWorld, ids_of

PAGED = ("bossdesk", "servicebridge", "servicesidekick", "shiftboard")


def cases(seed: int) -> Iterator[Case]:
    yield from _lying_pages(seed)
    yield from _drift(seed)
    yield from _twice(seed)
    yield from _ties(seed)
    yield from _late_rows(seed)
    yield from _deletes(seed)
    yield from _one_table(seed)


# --- pages that lie ------------------------------------------------------------------------------------------


def _lying_pages(seed: int) -> Iterator[Case]:
    for vendor in known(PAGED):
        for first in (True, False):
            phase = "first" if first else "later"
            yield Case(
                "C15", f"{vendor}-{phase}-same-page-for-ever", partial(_same_page, vendor, seed, first)
            )
            yield Case("C15", f"{vendor}-{phase}-page-twice", partial(_page_twice, vendor, seed, first))
            yield Case("C15", f"{vendor}-{phase}-short-pages", partial(_short_pages, vendor, seed, first))
    for off in (-7, -1, 1, 5, 1000):
        yield Case("C15", f"servicebridge-total-{off:+}", partial(_total_off, seed, off))
    yield Case("C15", "servicebridge-total-comes-and-goes", partial(_total_varies, seed))
    if known(("shiftboard",)):
        for first in (True, False):
            phase = "first" if first else "later"
            yield Case("C15", f"shiftboard-{phase}-next-loops", partial(_next_loops, seed, first))


def _same_page(vendor: str, seed: int, first: bool, benches: FaultBenches) -> None:
    """Every page is the first one: the list ends all the same, nothing is deleted, and it is said."""
    with benches.bench(vendor, seed=seed, first=first) as bench:
        bench.edit(6)
        deleted = {} if first else marked(bench)
        kept: list[Answer] = []

        def change(call: Call, honest: Answer) -> Answer:
            kept.append(honest)
            return kept[0]

        matches = asking_for(vendor, bench.small_world.main)
        wrong = FaultyAnswers(change, 1, FOR_EVER, matches)
        report = bench.sync(wrong, sweep=True)
        assert report.exit_code in (0, 4), describe_report(report)
        assert wrong.changed < 100
        nothing_lost(bench, deleted)
        bench.healed()


def _page_twice(vendor: str, seed: int, first: bool, benches: FaultBenches) -> None:
    """One page comes a second time in the place of the next."""
    with benches.bench(vendor, seed=seed, first=first) as bench:
        bench.edit(6)
        deleted = {} if first else marked(bench)
        kept: list[Answer] = []

        def change(call: Call, honest: Answer) -> Answer:
            kept.append(honest)
            return kept[0]

        report = bench.sync(
            FaultyAnswers(change, 3, 2, asking_for(vendor, bench.small_world.main)), sweep=True
        )
        assert report.exit_code in (0, 4), describe_report(report)
        nothing_lost(bench, deleted)
        bench.healed()


def _short_pages(vendor: str, seed: int, first: bool, benches: FaultBenches) -> None:
    """The server gives fewer rows a page than it is asked for, without a word."""
    with benches.bench(vendor, seed=seed, first=first) as bench:
        if vendor == "servicesidekick":
            bench.sandbox.page_size = 2
        bench.edit(6)

        def change(call: Call, honest: Answer) -> Answer:
            query = {
                name: (["2"] if name in ("per_page", "pageSize") else v) for name, v in call.query.items()
            }
            answer: Answer = bench.sandbox.answer(replace(call, query=query))
            return answer

        wrong = FaultyAnswers(
            change, 1, FOR_EVER, lambda call: bool({"per_page", "pageSize"} & call.query.keys())
        )
        report = bench.sync(*([wrong] if vendor in TWO else []), sweep=True)
        assert report.exit_code == 0, describe_report(report)
        bench.judge()
        bench.healed()


def _total_off(seed: int, off: int, benches: FaultBenches) -> None:
    """The total is wrong by some rows, always: every row is read, and deletes are found all the same."""
    with benches.bench("servicebridge", seed=seed) as bench:
        bench.edit(8)
        bench.sandbox.total_count_off = off
        report = bench.sync(sweep=True)
        assert report.exit_code == 0, describe_report(report)
        bench.judge()
        bench.sandbox.total_count_off = 0
        bench.edit(4)
        bench.healed()


def _total_varies(seed: int, benches: FaultBenches) -> None:
    with benches.bench("servicebridge", seed=seed) as bench:
        bench.edit(8)
        asked = [0]

        def wander(call: Call, honest: Answer) -> Answer | None:
            asked[0] += 1
            bench.sandbox.total_count_off = asked[0] % 5 - 2
            return None

        report = bench.sync(wander, sweep=True)
        assert report.exit_code == 0, describe_report(report)
        bench.sandbox.total_count_off = 0
        bench.healed()


def _next_loops(seed: int, first: bool, benches: FaultBenches) -> None:
    """The next page's start is the page's own: refused, not followed for ever."""
    with benches.bench("shiftboard", seed=seed, first=first) as bench:
        bench.edit(6)
        deleted = {} if first else marked(bench)

        def loop(honest: bytes) -> bytes:
            document = json.loads(honest)
            for one in document if isinstance(document, list) else [document]:
                page = (one.get("result") or {}).get("page") if isinstance(one.get("result"), dict) else None
                if isinstance(page, dict):
                    page["next"] = {"start": 1, "batch": bench.small_world.page}
            return json.dumps(document).encode()

        wrong = FaultyAnswers(body(loop), 1, FOR_EVER, lambda call: b'"role.list"' in call.body)
        report = bench.sync(wrong, sweep=True)
        assert report.exit_code == 4, describe_report(report)
        assert wrong.changed < 20
        nothing_lost(bench, deleted)
        bench.healed()


# --- drift ---------------------------------------------------------------------------------------------------


def _drift(seed: int) -> Iterator[Case]:
    for vendor in known(PAGED):
        for kind in ("insert", "delete", "update", "mixed"):
            for k in (1, 3, 10):
                for first in (True, False):
                    name = f"{vendor}-{kind}-{k}-{'first' if first else 'later'}"
                    yield Case("C16", name, partial(_rows_move, vendor, seed, kind, k, first))


def _rows_move(vendor: str, seed: int, kind: str, k: int, first: bool, benches: FaultBenches) -> None:
    """``k`` rows come, go or change before each of some pages is read.

    No row that is there may be marked deleted; a sync while the vendor stands still makes all equal.
    """
    with benches.bench(vendor, seed=seed, first=first) as bench:
        if not first:
            bench.edit(6)
        deleted = {} if first else marked(bench)
        matches = asking_for(vendor, bench.small_world.main)
        moved = [0]

        def meddle(call: Call, honest: Answer) -> Answer | None:
            if matches(call):
                moved[0] += 1
                if moved[0] in (2, 3, 5, 7, 11):
                    for _ in range(k):
                        _move(bench, kind)
            return None

        report = bench.sync(meddle, sweep=True)
        # 3 where rows moved during each of three scans: the table is not called complete
        assert report.exit_code in (0, 3, 4), describe_report(report)
        nothing_lost(bench, deleted)
        bench.sandbox.clock.advance(minutes=25)
        bench.settings["max_delete_share"] = "0.9"
        bench.healed(sweep=False)
        bench.healed()


def _move(bench: FaultBench, kind: str) -> None:
    main = bench.small_world.main
    bench.sandbox.clock.advance(seconds=1)
    acts: dict[str, Callable[[], None]] = {
        "insert": lambda: bench.editor.create(main),
        "delete": lambda: _delete_any(bench, main),
        "update": lambda: bench.editor.change(main),
    }
    acts[kind if kind != "mixed" else bench.editor.random.choice(list(acts))]()


def _delete_any(bench: FaultBench, table: str) -> None:
    ids = ids_of(bench.sandbox, table)
    if len(ids) > 6:
        bench.editor.take(table, bench.editor.random.choice(ids))


def _twice(seed: int) -> Iterator[Case]:
    for vendor in known(SMALL_WORLDS):
        for sweep in (True, False):
            name = f"{vendor}-{'sweep' if sweep else 'plain'}"
            yield Case("C17", f"{name}-row-changes-all-the-time", partial(_restless_row, vendor, seed, sweep))
            yield Case("C17", f"{name}-change-after-its-page", partial(_just_missed, vendor, seed, sweep))


def _restless_row(vendor: str, seed: int, sweep: bool, benches: FaultBenches) -> None:
    """One row changes before every request: its newest version wins, once."""
    with benches.bench(vendor, seed=seed) as bench:
        bench.edit(4)
        row_id = bench.editor.ids(bench.small_world.main)[1]

        def restless(call: Call, honest: Answer) -> Answer | None:
            bench.sandbox.clock.advance(seconds=1)
            bench.sandbox.change(bench.small_world.main, row_id)
            return None

        assert bench.sync(restless, sweep=sweep).exit_code == 0
        bench.sandbox.clock.advance(minutes=1)
        bench.healed(sweep=False)
        bench.healed()


def _just_missed(vendor: str, seed: int, sweep: bool, benches: FaultBenches) -> None:
    """Rows change right after their page was read, others stamped later come after: the next plain sync has both."""
    with benches.bench(vendor, seed=seed) as bench:
        bench.edit(4, deletes=False)
        matches = asking_for(vendor, bench.small_world.main)

        def missed(call: Call, honest: Answer) -> Answer | None:
            if matches(call):
                for row_id in bench.editor.ids(bench.small_world.main)[:3]:
                    bench.sandbox.change(bench.small_world.main, row_id)
                bench.sandbox.clock.advance(seconds=2)
                bench.editor.create(bench.small_world.main)
            return None

        assert bench.sync(missed, sweep=sweep).exit_code == 0
        bench.sandbox.clock.advance(minutes=1)
        bench.healed(sweep=False)
        bench.healed()


# --- ties ----------------------------------------------------------------------------------------------------

MANY = {"bossdesk": "groups", "servicebridge": "leads"}


def _ties(seed: int) -> Iterator[Case]:
    for vendor in known(MANY):
        for first in (True, False):
            phase = "first" if first else "later"
            yield Case(
                "C18", f"{vendor}-{phase}-1000-rows-34-pages", partial(_ties_restarted, vendor, seed, first)
            )
        for count in (29, 30, 31, 59, 60, 61):
            yield Case("C18", f"{vendor}-{count}-rows", partial(_ties_at_a_border, vendor, seed, count))


def _tied(vendor: str) -> SmallWorld:
    table = MANY[vendor]
    return replace(
        SMALL_WORLDS[vendor], page=30, tables=(table,), edited=(table,), deleted=(table,), main=table
    )


def _ties_restarted(vendor: str, seed: int, first: bool, benches: FaultBenches) -> None:
    """1,000 rows of one cursor value over 34 pages, and the run ends at each page: equal, with a small state."""
    with benches.bench(vendor, seed=seed, first=first, small_world=_tied(vendor)) as bench:
        bench.sandbox.clock.advance(minutes=30)
        table = bench.small_world.main
        while len(bench.editor.ids(table)) < 1000:
            for _ in range(1000 - len(bench.editor.ids(table))):
                bench.sandbox.create(table)
        matches = {"bossdesk": "/groups$", "servicebridge": "/Leads$"}[vendor]
        for page in range(1, 35):
            try:
                bench.sync(
                    points=[InjectionPoint("request", page, "after", matches, "crash")], slice_bytes=4000
                )
            except Crash:
                continue
            assert page > 30, f"it ended at page {page}"
        bench.healed(sweep=False)
        assert len(bench.keys(table)) == 1000
        bench.healed()


def _ties_at_a_border(vendor: str, seed: int, count: int, benches: FaultBenches) -> None:
    """As many rows with one cursor value as fill whole pages, one less, one more; then one more with the same value."""
    with benches.bench(vendor, seed=seed, small_world=_tied(vendor)) as bench:
        bench.sandbox.clock.advance(minutes=30)
        for _ in range(count):
            bench.sandbox.create(bench.small_world.main)
        bench.healed(sweep=False)
        bench.sandbox.create(bench.small_world.main)
        bench.healed(sweep=False)
        bench.healed()


# --- late rows -----------------------------------------------------------------------------------------------


def _late_rows(seed: int) -> Iterator[Case]:
    for vendor in known(MANY):
        for seconds in (1, 60, 300, 840, 4000):
            yield Case("C19", f"{vendor}-{seconds}-s", partial(_late_row, vendor, seed, seconds))
    for vendor in known(("bossdesk", "servicebridge")):
        for minutes in (2, 5, 13):
            yield Case(
                "C19", f"{vendor}-known-row-{minutes}-min", partial(_late_change, vendor, seed, minutes)
            )


def _late_row(vendor: str, seed: int, seconds: int, benches: FaultBenches) -> None:
    """A row appears with a time in the past: within the overlap any sync has it, beyond it the next sweep."""
    with benches.bench(vendor, seed=seed) as bench:
        table = MANY[vendor]
        bench.edit(3, deletes=False)
        bench.editor.change(table)
        bench.healed(sweep=False)
        past = bench.sandbox.clock.now() - timedelta(seconds=seconds)
        row = bench.sandbox.create(table)
        _stamp(bench, vendor, table, row, past)
        if seconds < 900:
            bench.healed(sweep=False)
        bench.healed()


def _late_change(vendor: str, seed: int, minutes: int, benches: FaultBenches) -> None:
    """A row that was read changes just before the cursor, and the change is seen only ``minutes`` later."""
    with benches.bench(vendor, seed=seed) as bench:
        table = bench.small_world.main
        late, other = bench.editor.ids(table)[:2]
        bench.sandbox.clock.advance(hours=1)
        bench.sandbox.change(table, late)
        bench.healed(sweep=False)
        bench.sandbox.clock.advance(minutes=13, seconds=50)
        bench.sandbox.change(table, other)
        cursor = bench.sandbox.clock.now()
        bench.sandbox.clock.advance(minutes=minutes)
        bench.healed(sweep=False)
        bench.sandbox.clock.advance(seconds=30)
        row = bench.sandbox.change(table, late)
        _stamp(bench, vendor, table, row, cursor - timedelta(seconds=1))
        bench.healed(sweep=False)
        bench.healed()


def _stamp(bench: FaultBench, vendor: str, table: str, row: dict[str, Any], moment: datetime) -> None:
    if vendor == "bossdesk":
        bench.sandbox.change(table, row["id"], updated_at=f"{moment:%Y-%m-%dT%H:%M:%S.000Z}")
        return
    rows = bench.sandbox.tables[table]
    rows.by_id[row["Id"]]["Metadata"]["UpdatedOn"] = f"{moment:%Y-%m-%dT%H:%M:%S}"
    rows.changed()


# --- deletes -------------------------------------------------------------------------------------------------


def _deletes(seed: int) -> Iterator[Case]:
    for vendor in known(SMALL_WORLDS):
        for name, run in _DELETES.items():
            yield Case("C20", f"{vendor}-{name}", partial(run, vendor, seed))


def _one_deleted(vendor: str, seed: int, benches: FaultBenches) -> None:
    with benches.bench(vendor, seed=seed) as bench:
        for table in bench.small_world.deleted:
            bench.editor.delete(table)
        bench.healed()
        for table, gone in bench.editor.gone.items():
            for _ in range(len(gone)):
                bench.editor.restore(table)
        bench.healed()


def larger(vendor: str) -> SmallWorld:
    """The same world with enough rows for a tenth of them to be several."""
    return replace(SMALL_WORLDS[vendor], size=SMALL_WORLDS[vendor].size * 3)


def a_tenth(vendor: str, seed: int, benches: FaultBenches) -> None:
    """10 % deleted, 5 % brought back, three child lists emptied: one sweep, equal."""
    with benches.bench(vendor, seed=seed, small_world=larger(vendor)) as bench:
        bench.sandbox.clock.advance(minutes=30)
        for table in bench.small_world.deleted:
            ids = bench.editor.ids(table)
            for row_id in ids[3 :: max(10, 1)][: len(ids) // 10]:
                bench.editor.take(table, row_id)
        _empty_lists(bench, 3)
        bench.healed()
        bench.sandbox.clock.advance(minutes=30)
        for table, gone in bench.editor.gone.items():
            for _ in range((len(gone) + 1) // 2):
                bench.editor.restore(table)
        bench.healed()


LISTS = {
    "bossdesk": ("tickets", "comments"),
    "servicebridge": ("work_orders", "WorkOrderLines"),
    "servicesidekick": ("jobs", "notes"),
    "notific": ("customers", "Services"),
    "shiftboard": ("shifts", "breaks"),
}


def _empty_lists(bench: FaultBench, count: int) -> None:
    table, name = LISTS[bench.sandbox.name]
    full = [row for row in bench.sandbox.truth()[table] if row.get(name)]
    assert len(full) >= count, f"only {len(full)} rows of {table} have {name}"
    for row in full[:count]:
        row_id = next(row[key] for key in ("id", "Id") if key in row)
        bench.sandbox.change(table, row_id, **{name: []})


def hidden(vendor: str, seed: int, benches: FaultBenches) -> None:
    """90 % of a table are hidden by a withdrawn right: nothing is deleted, and the report says what to do."""
    with benches.bench(vendor, seed=seed, small_world=larger(vendor)) as bench:
        table = bench.small_world.main
        rows = bench.editor.ids(table)
        before = bench.untouched()[table]
        for row_id in rows[: len(rows) * 9 // 10]:
            bench.editor.take(table, row_id)
        report = bench.sync(sweep=True)
        assert report.exit_code in (2, 4), describe_report(report)
        outcome = next(o for o in report.outcomes if o.table == table)
        assert outcome.error is not None
        assert "max_delete_share" in str(outcome.error)
        assert outcome.error.do, "there is no next step"  # type: ignore[union-attr]
        assert bench.untouched()[table] == before
        for _ in range(len(bench.editor.gone[table])):
            bench.editor.restore(table)
        bench.healed()


def _all_deleted(vendor: str, seed: int, benches: FaultBenches) -> None:
    """All rows of a table are really deleted: refused, then done once the share is raised, and taken back."""
    with benches.bench(vendor, seed=seed) as bench:
        table = bench.small_world.deleted[-1]
        for row_id in bench.editor.ids(table):
            bench.editor.take(table, row_id)
        report = bench.sync(sweep=True)
        assert report.exit_code == 4, describe_report(report)
        assert not marked(bench)[table]
        bench.settings["max_delete_share"] = "1"
        bench.healed()
        bench.sandbox.clock.advance(minutes=30)
        for _ in range(len(bench.editor.gone[table])):
            bench.editor.restore(table)
        bench.healed()


def _hard(vendor: str, seed: int, benches: FaultBenches) -> None:
    with benches.bench(vendor, seed=seed, deletes="hard") as bench:
        for table in bench.small_world.deleted:
            bench.editor.delete(table)
        bench.healed()
        assert not any(marked(bench).values())


def _ignored(vendor: str, seed: int, benches: FaultBenches) -> None:
    with benches.bench(vendor, seed=seed, deletes="ignore") as bench:
        before = marked(bench)
        bench.edit(6, deletes=False)
        for table in bench.small_world.deleted:
            bench.editor.delete(table)
        bench.healed(judge_extra=False)
        after = marked(bench)
        assert {table: after[table] for table in bench.small_world.tables} == {
            table: before[table] for table in bench.small_world.tables
        }


def _comes_and_goes(vendor: str, seed: int, benches: FaultBenches) -> None:
    """A row is deleted, brought back, and deleted again, with a sweep each time."""
    with benches.bench(vendor, seed=seed) as bench:
        table = (
            bench.small_world.main
            if bench.small_world.main in bench.small_world.deleted
            else bench.small_world.deleted[0]
        )
        bench.editor.take(table, bench.editor.ids(table)[2])
        for _ in range(3):
            bench.healed()
            bench.sandbox.clock.advance(minutes=20)
            row_id = bench.editor.gone[table][0]
            bench.editor.restore(table)
            bench.healed()
            bench.sandbox.clock.advance(minutes=20)
            bench.editor.take(table, row_id)
        bench.healed()


_DELETES: dict[str, Callable[[str, int, FaultBenches], None]] = {
    "one-each": _one_deleted,
    "a-tenth": a_tenth,
    "ninety-hidden": hidden,
    "all": _all_deleted,
    "hard": _hard,
    "ignored": _ignored,
    "comes-and-goes": _comes_and_goes,
}


# --- one table -----------------------------------------------------------------------------------------------


def _one_table(seed: int) -> Iterator[Case]:
    refusals = {
        "402": (status(402, b"{}"), (2,)),
        "403": (status(403, b"{}"), (2,)),
        "404": (status(404, b"{}"), (2,)),
        "410": (status(410, b"{}"), (2,)),
        "500": (status(500, b"{}"), (3,)),
        "page": (status(200, UNAVAILABLE, Content_Type="text/html"), (2, 4)),
        "418": (status(418, b"{}"), (4,)),
    }
    for vendor in known(SMALL_WORLDS):
        if vendor == "shiftboard":
            continue
        for name, (change, codes) in refusals.items():
            yield Case("C21", f"{vendor}-{name}", partial(_one_refused, vendor, seed, change, codes))
    if known(("shiftboard",)):
        yield Case("C21", "shiftboard-denied", partial(_method_denied, seed))


def _one_refused(vendor: str, seed: int, change: Any, codes: tuple[int, ...], benches: FaultBenches) -> None:
    """One table cannot be read: it stays as it is, all others are complete, and the exit code says it."""
    with benches.bench(vendor, seed=seed) as bench:
        bench.edit(10)
        lone = bench.small_world.lone[0]
        bench.editor.change(lone) if lone in bench.small_world.edited else None
        before = bench.untouched().get(lone)
        state = _state(bench, lone)
        report = bench.sync(FaultyAnswers(change, 1, FOR_EVER, asking_for(vendor, lone)), sweep=True)
        assert report.exit_code in codes, describe_report(report)
        assert {outcome.table for outcome in report.outcomes if outcome.error} == {lone}
        assert bench.untouched().get(lone) == before
        assert _state(bench, lone) == state, "its cursor moved"
        bench.judge(tables=[table for table in bench.small_world.tables if table != lone])
        bench.healed()


def _state(bench: FaultBench, table: str) -> Any:
    return [row["value"] for row in bench.snapshot().books["_state"] if row["table_name"] == table]


def _method_denied(seed: int, benches: FaultBenches) -> None:
    with benches.bench("shiftboard", seed=seed) as bench:
        bench.edit(10)
        before = bench.untouched()["roles"]
        bench.sandbox.denied.add("role.list")
        report = bench.sync(sweep=True)
        assert report.exit_code == 2, describe_report(report)
        assert {outcome.table for outcome in report.outcomes if outcome.error} == {"roles"}
        assert bench.untouched()["roles"] == before
        bench.judge(tables=[table for table in bench.small_world.tables if table != "roles"])
        bench.sandbox.denied.clear()
        bench.healed()


__all__ = ["cases", "rows_of"]
