"""Group D: times in every dress, and clocks that jump."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from fieldhouse.sources.sandbox.sandbox import Answer, Call
from tests.faults.case import Case
from tests.faults.expectations import TWO
from tests.faults.fault_bench import FaultBench, describe_report
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.http_faults import FOR_EVER, FaultyAnswers, body, rows_of
from tests.faults.small_worlds import SMALL_WORLDS
from tests.support.vendors.oracle import Difference, describe

CURSORS = {"bossdesk": ("updated_at",), "servicebridge": ("Metadata", "UpdatedOn")}
Print = Callable[[datetime], Any]


def cases(seed: int) -> Iterator[Case]:
    yield from _formats(seed)
    yield from _summer_time(seed)
    yield from _clocks(seed)
    yield from _odd_times(seed)
    yield from _far_future(seed)


# --- formats -------------------------------------------------------------------------------------------------


def _offset(hours: float) -> Print:
    def printed(moment: datetime) -> str:
        shifted = moment + timedelta(hours=hours)
        sign, minutes = ("-" if hours < 0 else "+"), round(abs(hours) * 60)
        return f"{shifted:%Y-%m-%dT%H:%M:%S}{sign}{minutes // 60:02}:{minutes % 60:02}"

    return printed


FORMATS: dict[str, Print] = {
    "utc": lambda moment: f"{moment:%Y-%m-%dT%H:%M:%SZ}",
    "offset-plus-2": _offset(2),
    "offset-minus-7": _offset(-7),
    "offset-half-hour": _offset(5.5),
    "three-digits": lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z",
    "six-digits": lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z",
    "nine-digits": lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S.%f}123Z",
    "naive": lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}",
    "blank-between": lambda moment: f"{moment:%Y-%m-%d %H:%M:%S} UTC",
    "seconds": lambda moment: int(moment.timestamp()),
    "milliseconds": lambda moment: int(moment.timestamp() * 1000),
    "american": lambda moment: f"{moment:%m/%d/%Y %I:%M:%S %p}",
    "microsoft": lambda moment: f"/Date({int(moment.timestamp() * 1000)})/",
}


def _formats(seed: int) -> Iterator[Case]:
    for vendor in known(TWO):
        for name, printed in FORMATS.items():
            yield Case("D22", f"{vendor}-{name}", partial(_written_so, vendor, seed, printed))
        yield Case("D22", f"{vendor}-mixed", partial(_written_so, vendor, seed, None))


def _written_so(vendor: str, seed: int, printed: Print | None, benches: FaultBenches) -> None:
    """From now on every time of change is written so (or each in another way): no change is lost, sweep or not."""
    with benches.bench(vendor, seed=seed) as bench:
        styles = list(FORMATS.values())
        calls = [0]

        def restyle(honest: bytes) -> bytes:
            def of(moment: datetime) -> Any:
                calls[0] += 1
                return (printed or styles[calls[0] % len(styles)])(moment)

            return _with_cursors(vendor, honest, of)

        wrong = FaultyAnswers(body(restyle), 1, FOR_EVER)
        for minutes in (1, 20, 90):
            bench.edit(5, deletes=False, minutes=minutes)
            report = bench.sync(wrong, sweep=False)
            assert report.exit_code == 0, describe_report(report)
            _judge_but_times(bench)
        bench.sandbox.clock.advance(minutes=30)
        bench.settings["detail_max_age"] = "0"
        report = bench.sync(sweep=True, full=True)
        assert report.exit_code == 0, describe_report(report)
        assert not [one for one in bench.differences() if "__v_text" not in one.column], describe(
            bench.differences()
        )


def _with_cursors(vendor: str, honest: bytes, printed: Print) -> bytes:
    """The same answer with each record's time of change printed otherwise."""
    try:
        document = json.loads(honest)
    except ValueError:
        return honest
    rows = rows_of(document)
    if rows is None:
        rows = [document.get("Data", document) if isinstance(document, dict) else document]
    *above, last = CURSORS[vendor]
    for row in rows:
        for name in above:
            row = row.get(name) if isinstance(row, dict) else None
        if isinstance(row, dict) and isinstance(row.get(last), str):
            moment = datetime.fromisoformat(row[last])
            row[last] = printed(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    return json.dumps(document).encode()


def _judge_but_times(bench: FaultBench) -> None:
    """Everything but how the times of change are kept: they were not what the truth says."""
    column = {"bossdesk": "updated_at", "servicebridge": "metadata__updated_on"}[bench.sandbox.name]

    def matters(one: Difference) -> bool:
        return one.column not in (column, f"{column}__v_text") and one.kind != "missing column"

    results = [one for one in bench.differences(extra=False) if matters(one)]
    assert not results, describe(results)


# --- the hours when clocks change ----------------------------------------------------------------------------


def _summer_time(seed: int) -> Iterator[Case]:
    if "shiftboard" not in known(("shiftboard",)):
        return
    for zone in ("US/Pacific", "US/Eastern", "America/Denver", "Europe/Berlin"):
        for local in (
            "2026-03-08T02:30:00",
            "2026-11-01T01:30:00",
            "2026-03-29T02:30:00",
            "2026-10-25T02:30:00",
        ):
            yield Case(
                "D23",
                f"{zone.replace('/', '-')}-{local[:10]}",
                partial(_at_the_change, seed, zone, local),
            )


def _at_the_change(seed: int, zone: str, local: str, benches: FaultBenches) -> None:
    """Shifts at hours that do not exist, or exist twice: kept as sent, equal, and not written a second time."""
    with benches.bench("shiftboard", seed=seed) as bench:
        bench.sandbox.clock.advance(minutes=30)
        for minutes in (0, 30, 60):
            start = datetime.fromisoformat(local) + timedelta(minutes=minutes)
            bench.sandbox.create(
                "shifts",
                start_date=start.isoformat(),
                end_date=(start + timedelta(hours=2)).isoformat(),
                timezone=zone,
            )
        bench.healed(sweep=False)
        bench.healed()
        report = bench.synced(sweep=True)
        assert report.packages == 0, "rows were written again"


# --- clocks that jump ----------------------------------------------------------------------------------------


def _clocks(seed: int) -> Iterator[Case]:
    for vendor in known(("bossdesk", "servicebridge", "shiftboard")):
        for name, jump in (
            ("10-minutes-back", timedelta(minutes=-10)),
            ("10-minutes-on", timedelta(minutes=10)),
            ("a-day-back", timedelta(days=-1)),
            ("a-day-on", timedelta(days=1)),
            ("a-month-on", timedelta(days=35)),
            ("a-week-back", timedelta(days=-7)),
        ):
            yield Case("D24", f"{vendor}-{name}", partial(_clock_jumps, vendor, seed, jump))


def _clock_jumps(vendor: str, seed: int, jump: timedelta, benches: FaultBenches) -> None:
    """The vendor's clock jumps between edits: the next sync has every change, without a sweep."""
    with benches.bench(vendor, seed=seed) as bench:
        bench.edit(5, deletes=False)
        bench.healed(sweep=False)
        bench.sandbox.clock.advance(seconds=jump.total_seconds())
        bench.editor.edit(5, deletes=False)
        bench.healed(sweep=False)
        bench.edit(5, deletes=False)
        bench.healed(sweep=False)
        bench.healed()
        bench.edit(4, deletes=False, minutes=abs(jump.total_seconds()) / 60 + 30)
        bench.healed(sweep=False)
        bench.healed()


# --- odd times -----------------------------------------------------------------------------------------------

ODD = {
    "first": "0001-01-01T00:00:00Z",
    "last": "9999-12-31T23:59:59.999Z",
    "zero": "0000-00-00T00:00:00Z",
    "hour-24": "2026-11-02T24:00:00Z",
    "leap-second": "2026-06-30T23:59:60Z",
    "leap-day": "2024-02-29T12:00:00Z",
    "no-leap-day": "2023-02-29T12:00:00Z",
    "second-74": "2016-10-23T12:45:74.234Z",
    "empty": "",
    "null": None,
    "word": "never",
}


def _odd_times(seed: int) -> Iterator[Case]:
    for vendor in known(TWO):
        for name, value in ODD.items():
            yield Case("D25", f"{vendor}-cursor-{name}", partial(_odd_cursor, vendor, seed, value))
    for vendor in known(SMALL_WORLDS):
        for name in ("first", "last", "zero", "leap-second"):
            yield Case("D25", f"{vendor}-column-{name}", partial(_odd_column, vendor, seed, ODD[name]))


def _odd_cursor(vendor: str, seed: int, value: str | None, benches: FaultBenches) -> None:
    """One row in three carries such a time of change: no error, and the others are found as before."""
    with benches.bench(vendor, seed=seed) as bench:
        calls = [0]

        def every_third(moment: datetime) -> Any:
            calls[0] += 1
            return (
                value if calls[0] % 3 == 0 else f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
            )

        wrong = FaultyAnswers(body(lambda honest: _with_cursors(vendor, honest, every_third)), 1, FOR_EVER)
        for _ in range(2):
            bench.edit(5, deletes=False)
            report = bench.sync(wrong, sweep=False)
            assert report.exit_code == 0, describe_report(report)
            _judge_but_times(bench)
        bench.sandbox.clock.advance(minutes=30)
        report = bench.sync(sweep=True, full=True)
        assert report.exit_code == 0, describe_report(report)
        _judge_but_times(bench)


def _odd_column(vendor: str, seed: int, value: str | None, benches: FaultBenches) -> None:
    with benches.bench(vendor, seed=seed) as bench:
        bench.sandbox.add_field(bench.small_world.main, "odd_time", value)
        bench.edit(4)
        bench.settings["detail_max_age"] = "0"
        report = bench.sync(sweep=True, full=True)
        assert report.exit_code == 0, describe_report(report)
        bench.judge()
        bench.edit(4)
        bench.editor.swept()
        bench.healed()


# --- the far future ------------------------------------------------------------------------------------------


def _far_future(seed: int) -> Iterator[Case]:
    for vendor in known(TWO):
        yield Case("D26", f"{vendor}-kept-cursor", partial(_kept_cursor, vendor, seed))
        yield Case("D26", f"{vendor}-row-of-2099", partial(_row_of_2099, vendor, seed))


def _kept_cursor(vendor: str, seed: int, benches: FaultBenches) -> None:
    """The state holds a cursor of the year 2999: it is not believed, everything is read, and it heals."""
    with benches.bench(vendor, seed=seed) as bench:
        main = bench.small_world.main
        with bench.warehouse.session() as session:
            state = session.states(vendor)[main]
            session.put_state(vendor, main, {**state, "cursor": "2999-01-01T00:00:00.000000Z"})
        bench.edit(6, deletes=False)
        report = bench.sync(sweep=False, full=False)
        assert report.exit_code == 0, describe_report(report)
        notes = next(outcome.notes for outcome in report.outcomes if outcome.table == main)
        assert any("far future" in note for note in notes), notes
        bench.edit(6, deletes=False)
        bench.healed(sweep=False)


def _row_of_2099(vendor: str, seed: int, benches: FaultBenches) -> None:
    """A row says that it changes in 2099: later changes of others are found all the same."""
    with benches.bench(vendor, seed=seed) as bench:
        bench.edit(3, deletes=False)
        table = {"bossdesk": "groups", "servicebridge": "leads"}[vendor]
        row = bench.sandbox.create(table)
        if vendor == "bossdesk":
            bench.sandbox.change(table, row["id"], updated_at="2099-01-01T00:00:00.000Z")
        else:
            rows = bench.sandbox.tables[table]
            rows.by_id[row["Id"]]["Metadata"]["UpdatedOn"] = "2099-01-01T00:00:00"
            rows.changed()
        # The filter's proof asks for what changed in the far future: such a row must not break it.
        for _ in range(2):
            bench.healed(sweep=False)
            bench.edit(4, deletes=False)
            bench.editor.change(table)
        bench.healed(sweep=False)
        bench.healed()


__all__ = ["Answer", "Call", "cases"]
