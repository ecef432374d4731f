"""Group C15: pages that repeat, loop or do not end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from fieldhouse.sources.sandbox.sandbox import Answer, Call
from tests.faults.case import Case
from tests.faults.expectations import TWO, marked, nothing_lost
from tests.faults.fault_bench import describe_report
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.http_faults import FOR_EVER, FaultyAnswers, asking_for, body
from tests.faults.small_worlds import PAGED


def cases(seed: int) -> Iterator[Case]:
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


def _repeated() -> Callable[[Call, Answer], Answer]:
    """A fault that gives its first answer again and again."""
    kept: list[Answer] = []

    def change(call: Call, honest: Answer) -> Answer:
        kept.append(honest)
        return kept[0]

    return change


def _same_page(vendor: str, seed: int, first: bool, benches: FaultBenches) -> None:
    """Every page is the first one: the list ends all the same, nothing is deleted, and it is said."""
    with benches.bench(vendor, seed=seed, first=first) as bench:
        bench.edit(6)
        deleted = {} if first else marked(bench)
        matches = asking_for(vendor, bench.small_world.main)
        wrong = FaultyAnswers(_repeated(), 1, FOR_EVER, matches)
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
        report = bench.sync(
            FaultyAnswers(_repeated(), 3, 2, asking_for(vendor, bench.small_world.main)), sweep=True
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
