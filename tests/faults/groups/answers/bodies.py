"""Group B12: bodies that are not what they should be."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from tests.faults.case import Case
from tests.faults.expectations import heals_in_the_run, marked, nothing_lost
from tests.faults.fault_bench import describe_report
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.http_faults import BODIES, FOR_EVER, HARMLESS, Change, FaultyAnswers, asking_for
from tests.faults.small_worlds import SMALL_WORLDS


def cases(seed: int) -> Iterator[Case]:
    for vendor in known(SMALL_WORLDS):
        for name, change in BODIES.items():
            for place in ("once", "for-ever"):
                yield Case("B12", f"{vendor}-{name}-{place}", partial(_bad_body, vendor, seed, change, place))
        yield Case("B12", f"{vendor}-no-rows", partial(_no_rows, vendor, seed))
        for name, change in HARMLESS.items():
            yield Case("B12", f"{vendor}-{name}", partial(heals_in_the_run, vendor, seed, change, 1, 4))


def _bad_body(vendor: str, seed: int, change: Change, place: str, benches: FaultBenches) -> None:
    """One table's list is answered so: it fails or gets over it, no other does, and no row is taken for deleted."""
    with benches.bench(vendor, seed=seed) as bench:
        bench.edit(8)
        deleted = marked(bench)
        main = bench.small_world.main
        times = 1 if place == "once" else FOR_EVER
        wrong = FaultyAnswers(change, 1, times, asking_for(vendor, main))
        report = bench.sync(wrong, sweep=True)
        assert wrong.changed, "the fault was not reached"
        nothing_lost(bench, deleted)
        failed = {outcome.table for outcome in report.outcomes if outcome.error}
        dependent = {table for table in bench.small_world.tables if table.startswith(main[:-1])} | {
            "job_types"
        }
        assert failed <= {main} | dependent, describe_report(report)
        if place == "for-ever":
            assert main in failed
            assert report.exit_code in (2, 3, 4), describe_report(report)
        if not failed:
            bench.judge()
        else:
            bench.judge(tables=[t for t in bench.small_world.tables if t not in failed])
        bench.healed()


def _no_rows(vendor: str, seed: int, benches: FaultBenches) -> None:
    """A well-formed answer without rows, for a table that had many: suspicious, and nothing is deleted."""
    empty = {
        "bossdesk": b"[]",
        "notific": b"[]",
        "servicebridge": b'{"TotalCount":0,"Data":[],"Success":true,"Error":null}',
        "servicesidekick": b'<?xml version="1.0" encoding="UTF-8"?><jobs type="array"></jobs>',
    }
    with benches.bench(vendor, seed=seed) as bench:
        bench.edit(8)
        deleted = marked(bench)
        if vendor == "shiftboard":
            report = bench.sync(
                FaultyAnswers(_without_shifts, 1, FOR_EVER, asking_for(vendor, "shifts")), sweep=True
            )
        else:
            change = lambda call, honest: type(honest)(200, empty[vendor], honest.headers)  # noqa: E731
            wrong = FaultyAnswers(change, 1, FOR_EVER, asking_for(vendor, bench.small_world.main))
            report = bench.sync(wrong, sweep=True)
        assert report.exit_code == 4, describe_report(report)
        assert "max_delete_share" in describe_report(report)
        nothing_lost(bench, deleted)
        bench.healed()


def _without_shifts(call: Any, honest: Any) -> Any:
    """The same answers, their lists of shifts empty."""
    import json

    document = json.loads(honest.body)
    for one in document if isinstance(document, list) else [document]:
        result = one.get("result")
        if isinstance(result, dict) and "shifts" in result:
            result["shifts"] = []
            result["page"] = {"this": result.get("page", {}).get("this", {}), "total": 0}
    return type(honest)(honest.status, json.dumps(document).encode(), honest.headers)
