"""Group C21: one table is refused."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from tests.faults.case import Case
from tests.faults.fault_bench import FaultBench, describe_report
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.http_faults import FOR_EVER, UNAVAILABLE, FaultyAnswers, asking_for, status
from tests.faults.small_worlds import SMALL_WORLDS


def cases(seed: int) -> Iterator[Case]:
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
