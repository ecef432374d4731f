"""Vendor edits, clock moves, faults, crashes and restarts in any order: every sync that ends well has told the truth.

``./run tests tests/system/test_state_machine.py`` plays the same steps each time, and a failure prints those that
lead to it.
``FIELDHOUSE_STEPS=510`` plays twice as many; ``FIELDHOUSE_STEPS=5000`` goes on for longer, at random;
``--hypothesis-seed=N`` plays such a run again, and ``FIELDHOUSE_SHRINK=1`` looks for the shortest way to a failure.
"""

from __future__ import annotations

import atexit
import itertools
import os
from contextlib import ExitStack
from dataclasses import replace
from math import ceil
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from fieldhouse.pipelines.sync.report import Report
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.warehouse.connect import open_warehouse
from tests.faults.expectations import marked, nothing_lost
from tests.faults.fault_bench import describe_report
from tests.faults.fault_benches import FaultBenches
from tests.faults.http_faults import BODIES, FOR_EVER, FaultyAnswers, broken, cut, status
from tests.faults.injection_points import Crash, InjectionPoint
from tests.faults.small_worlds import SMALL_WORLDS, SmallWorld

STEPS = int(os.environ.get("FIELDHOUSE_STEPS", "270"))
"""Steps of all machines together."""
PHASES = (Phase.generate, *((Phase.shrink,) if os.environ.get("FIELDHOUSE_SHRINK") else ()))
A_RUN = 30
"""Steps between a new warehouse and the last sweep."""
FAULTS = {
    "reset": broken,
    "cut": cut(0.5),
    "throttled": status(429, b"{}"),
    "server error": status(500, b"{}"),
    "refused": status(403, b"{}"),
    **{name: BODIES[name] for name in ("truncated", "empty", "login-page", "null", "object")},
}
OTHER_SETTINGS: tuple[dict[str, str], ...] = (
    {"personal_data": "drop"},
    {"personal_data": "hash", "history": "*"},
    {"exclude_columns": "*__*.*,*.name,*.title", "history": "*"},
    {"deletes": "hard"},
    {"deletes": "ignore", "schema_drift": "discard"},
)
"""What an account may have been synced with for a while."""
TINY: dict[str, SmallWorld] = {
    "notific": replace(SMALL_WORLDS["notific"], size=0.05),
    "servicebridge": replace(
        SMALL_WORLDS["servicebridge"],
        size=0.02,
        tables=("work_orders", "leads", "teams"),
        edited=("work_orders", "leads", "teams"),
        deleted=("work_orders", "leads"),
    ),
    "shiftboard": replace(SMALL_WORLDS["shiftboard"], size=0.03),
    "servicesidekick": replace(SMALL_WORLDS["servicesidekick"], size=0.03),
    "bossdesk": replace(
        SMALL_WORLDS["bossdesk"],
        size=0.03,
        tables=("tickets", "groups", "tags"),
        edited=("tickets", "groups", "tags"),
        deleted=("tickets", "groups", "tags"),
    ),
}


def no_postgres() -> str:
    raise AssertionError("these machines run on DuckDB")


_LAB = FaultBenches(no_postgres)
_ended = itertools.count()
atexit.register(_LAB.close)
seeds = st.integers(0, 2**20)


class Machine(RuleBasedStateMachine):
    """One vendor, one warehouse, and whatever happens to them."""

    vendor = ""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        _LAB.case_id = self.vendor
        world = TINY[self.vendor]
        self.bench = self.stack.enter_context(_LAB.bench(self.vendor, small_world=world))
        self.bench.direct = True
        self.bench.settings["max_delete_share"] = "0.5"

    @rule(seed=seeds, count=st.integers(1, 4))
    def edit(self, seed: int, count: int) -> None:
        self.bench.editor.random.seed(seed)
        self.bench.editor.edit(count)

    @rule(seed=seeds)
    def create(self, seed: int) -> None:
        self.bench.editor.random.seed(seed)
        self.bench.editor.create()

    @rule(seed=seeds)
    def delete(self, seed: int) -> None:
        self.bench.editor.random.seed(seed)
        self.bench.editor.delete()

    @precondition(lambda self: any(self.bench.editor.gone.values()))
    @rule(seed=seeds)
    def restore(self, seed: int) -> None:
        self.bench.editor.random.seed(seed)
        self.bench.editor.restore()

    @rule(seconds=st.sampled_from((1, 30, 900, 4000, 90_000)))
    def time_goes_by(self, seconds: int) -> None:
        self.bench.sandbox.clock.advance(seconds=seconds)

    @rule()
    def restart(self) -> None:
        self.bench.warehouse = open_warehouse(self.bench.url, lock_wait=20)

    @rule(sweep=st.booleans(), slices=st.booleans())
    def sync(self, sweep: bool, slices: bool) -> None:
        report = self.bench.sync(sweep=sweep, slice_bytes=2000 if slices else None)
        assert report.exit_code == 0, describe_report(report)
        self.judge(report, sweep)

    @rule(
        name=st.sampled_from(sorted(FAULTS)), at=st.integers(1, 20), times=st.sampled_from((1, 2, FOR_EVER))
    )
    def sync_with_a_fault(self, name: str, at: int, times: int) -> None:
        before = marked(self.bench)
        report = self.bench.sync(FaultyAnswers(FAULTS[name], at, times), sweep=True)
        assert report.exit_code in (0, 2, 3, 4), describe_report(report)
        nothing_lost(self.bench, before)
        self.judge(report, True)

    @rule(
        kind=st.sampled_from(("request", "sql", "step")),
        n=st.integers(1, 40),
        when=st.sampled_from(("before", "after")),
        sweep=st.booleans(),
    )
    def crash(self, kind: str, n: int, when: str, sweep: bool) -> None:
        point = InjectionPoint(kind, n if kind != "step" else 1 + n % 5, when, act="crash")
        try:
            report = self.bench.sync(points=[point], sweep=sweep)
        except Crash:
            self.bench.sandbox.clock.advance(seconds=1)
            self.restart()
        else:
            assert report.exit_code == 0, describe_report(report)
            self.judge(report, sweep)

    @rule(
        settings=st.sampled_from(OTHER_SETTINGS),
        tables=st.integers(1, 8),
        sweep=st.booleans(),
        crash=st.none() | st.integers(1, 40),
    )
    def sync_with_other_settings(
        self, settings: dict[str, str], tables: int, sweep: bool, crash: int | None
    ) -> None:
        """Some of the tables; the settings are the usual ones again afterwards."""
        points = [InjectionPoint("sql", crash, "after", act="crash")] if crash else []
        usual = dict(self.bench.settings)
        self.bench.settings.update(settings)
        try:
            report = self.bench.sync(
                points=points, sweep=sweep, tables=self.bench.small_world.tables[-tables:]
            )
            assert report.exit_code == 0, describe_report(report)
        except Crash:
            self.restart()
        finally:
            self.bench.settings.clear()
            self.bench.settings.update(usual)
        self.bench.sandbox.clock.advance(seconds=1)

    @rule(seed=seeds, at=st.integers(1, 12))
    def edits_during_a_sync(self, seed: int, at: int) -> None:
        before, asked, absent = marked(self.bench), [0], self.bench.editor.absent()
        self.bench.editor.random.seed(seed)

        def meddle(call: Call, honest: Answer) -> Answer | None:
            asked[0] += 1
            if asked[0] in (at, at + 2):
                self.bench.sandbox.clock.advance(seconds=1)
                self.bench.editor.edit(2)
                absent.update(self.bench.editor.absent())
            return None

        report = self.bench.sync(meddle, sweep=True)
        self.bench.sandbox.clock.advance(seconds=1)
        assert report.exit_code in (0, 4), describe_report(report)
        nothing_lost(self.bench, before, absent)

    def judge(self, report: Report, sweep: bool) -> None:
        """The tables that say they are complete are. A sync takes time: later edits carry later stamps."""
        self.bench.sandbox.clock.advance(seconds=1)
        complete = [outcome.table for outcome in report.outcomes if outcome.error is None]
        if report.error is None and complete:
            self.bench.judge(tables=complete, extra=sweep)
        if sweep and report.exit_code == 0:
            self.bench.editor.swept()

    def teardown(self) -> None:
        try:
            self.bench.direct = self.bench.heals_directly = next(_ended) % 3 > 0  # dlt heals every third
            self.bench.healed()
        finally:
            self.stack.close()


def machine(name: str) -> Any:
    """The machine of a vendor as a test case, with its share of the steps."""
    made = type(f"{name.title()}Machine", (Machine,), {"vendor": name})
    case = made.TestCase
    case.settings = settings(
        max_examples=ceil(STEPS / len(TINY) / A_RUN),
        stateful_step_count=A_RUN,
        deadline=None,
        derandomize=STEPS <= 510,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        phases=PHASES,
    )
    return case


TestNotific = machine("notific")
TestServiceBridge = machine("servicebridge")
TestBossDesk = machine("bossdesk")
TestShiftboard = machine("shiftboard")
TestServiceSidekick = machine("servicesidekick")
