"""Group B: what comes over the wire instead of an honest answer."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import format_datetime
from functools import partial
from typing import Any

from tests.faults.case import Case
from tests.faults.fault_bench import FaultBench, describe_report
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.http_faults import (
    BODIES,
    FOR_EVER,
    HARMLESS,
    Change,
    FaultyAnswers,
    asking_for,
    broken,
    cut,
    late,
    status,
    unreachable,
    zipped_and_cut,
)
from tests.faults.small_worlds import SMALL_WORLDS
from tests.support.vendors.facts import VENDOR_FACTS

PLACES = {"first": 1, "middle": 6, "last": 12}
"""Requests of a later sync with a sweep; Notific has four, one for each table."""
TWO = ("bossdesk", "servicebridge")


def cases(seed: int) -> Iterator[Case]:
    yield from _too_many(seed)
    yield from _server_errors(seed)
    yield from _lines(seed)
    yield from _bodies(seed)
    yield from _credentials(seed)
    yield from _redirects(seed)


def heals_in_the_run(
    vendor: str, seed: int, change: Change, at: int, times: int, benches: FaultBenches
) -> None:
    """The sync itself gets over it."""
    with benches.bench(vendor, seed=seed) as bench:
        bench.edit(8)
        wrong = FaultyAnswers(change, at, times)
        report = bench.sync(wrong, sweep=True)
        assert wrong.changed == times, "the fault was not reached"
        assert report.exit_code == 0, describe_report(report)
        bench.judge()
        bench.healed()


def stops(
    vendor: str, seed: int, change: Change, at: int, codes: tuple[int, ...], benches: FaultBenches
) -> None:
    """From a request on it never works again: the sync ends, says so, and the next one makes all equal."""
    with benches.bench(vendor, seed=seed) as bench:
        bench.edit(8)
        deleted = marked(bench)
        wrong = FaultyAnswers(change, at, FOR_EVER)
        report = bench.sync(wrong, sweep=True)
        assert wrong.changed, "the fault was not reached"
        assert report.exit_code in codes, describe_report(report)
        assert wrong.changed < 400, f"{wrong.changed} requests in vain"
        nothing_lost(bench, deleted)
        bench.healed()


def marked(bench: FaultBench) -> dict[str, set[str]]:
    """The rows marked deleted, by table."""
    return {
        table: {repr(_key(row)) for row in rows if row["_deleted_at"] is not None}
        for table, rows in bench.snapshot().rows.items()
    }


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in ("id", "full_domain", "_parent_id", "_root_id", "_list_index"))


def nothing_lost(bench: FaultBench, before: dict[str, set[str]]) -> None:
    """No row was marked deleted that the vendor still has; those that it flags as deleted it has no more."""
    stored = bench.snapshot()
    for table in bench.small_world.tables:
        alive, flag = bench.keys(table), VENDOR_FACTS[bench.sandbox.name].flags.get(table, "")
        for row in stored.rows.get(table, []):
            if row.get(flag) or row["_deleted_at"] is None or repr(_key(row)) in before.get(table, set()):
                continue
            key = tuple(str(row[name]) for name in ("id", "full_domain") if name in row)
            assert key not in alive, f"{table} {key} is marked deleted, and the vendor has it"


# --- throttled, broken ---------------------------------------------------------------------------------------


def _too_many(seed: int) -> Iterator[Case]:
    waits = {"seconds": "2", "zero": "0", "absent": "", "garbage": "soon", "date": "", "too-long": "86400"}
    for vendor in known(TWO):
        for name, wait in waits.items():
            for place, at in PLACES.items():
                run: Any
                if name == "too-long":
                    run = partial(stops, vendor, seed, status(429, b"{}", Retry_After=wait), at, (3,))
                elif name == "date":
                    run = partial(_until_a_date, vendor, seed, at)
                else:
                    given = {"Retry_After": wait} if wait else {}
                    run = partial(heals_in_the_run, vendor, seed, status(429, b"{}", **given), at, 3)
                yield Case("B9", f"{vendor}-{name}-{place}", run)


def _until_a_date(vendor: str, seed: int, at: int, benches: FaultBenches) -> None:
    from datetime import UTC, datetime, timedelta

    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    heals_in_the_run(vendor, seed, status(429, b"{}", Retry_After=soon), at, 2, benches)


def _server_errors(seed: int) -> Iterator[Case]:
    for vendor in known(TWO):
        for code in (500, 502, 503, 504):
            for place, at in PLACES.items():
                change = status(code, b"<html>trouble</html>")
                yield Case(
                    "B10", f"{vendor}-{code}-{place}", partial(heals_in_the_run, vendor, seed, change, at, 2)
                )
                yield Case(
                    "B10", f"{vendor}-{code}-{place}-for-ever", partial(stops, vendor, seed, change, at, (3,))
                )


def _lines(seed: int) -> Iterator[Case]:
    kinds: dict[str, Change] = {
        "reset": broken,
        "cut-at-once": cut(0),
        "cut-in-the-middle": cut(0.5),
        "too-late": late,
        "no-connection": unreachable,
        "gzip-cut": zipped_and_cut,
    }
    for vendor in known(TWO):
        for name, change in kinds.items():
            for place, at in PLACES.items():
                if name == "no-connection" and place == "first":
                    continue
                yield Case(
                    "B11", f"{vendor}-{name}-{place}", partial(heals_in_the_run, vendor, seed, change, at, 2)
                )
            yield Case("B11", f"{vendor}-{name}-for-ever", partial(stops, vendor, seed, change, 4, (3,)))
    for vendor in known(SMALL_WORLDS):
        for name, address in (
            ("refused", "http://127.0.0.1:1"),
            ("no-such-host", "http://nowhere.invalid"),
            ("no-tls", "https://127.0.0.1:9"),
        ):
            yield Case("B11", f"{vendor}-{name}", partial(_not_there, vendor, seed, address))


def _not_there(vendor: str, seed: int, address: str, benches: FaultBenches) -> None:
    """Nobody answers at the address: exit 3, and nothing changed."""
    with benches.bench(vendor, seed=seed) as bench:
        bench.edit(8)
        before = bench.untouched()
        bench.address = address
        bench.settings["allow_http"] = "true"
        report = bench.sync(sweep=True)
        assert report.exit_code == 3, describe_report(report)
        assert bench.untouched() == before


# --- bodies --------------------------------------------------------------------------------------------------


def _bodies(seed: int) -> Iterator[Case]:
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


# --- credentials and redirects -------------------------------------------------------------------------------


def _credentials(seed: int) -> Iterator[Case]:
    for every in (2, 3, 5, 9):
        yield Case("B13", f"servicebridge-session-{every}", partial(_short_sessions, seed, every))
    for at in (2, 7, 12):
        yield Case("B13", f"servicebridge-sessions-lost-{at}", partial(_sessions_lost, seed, at))
        for vendor in known(SMALL_WORLDS):
            if vendor != "notific" or at == 2:
                yield Case("B13", f"{vendor}-refused-{at}", partial(_refused, vendor, seed, at))
    for vendor in known(SMALL_WORLDS):
        yield Case("B13", f"{vendor}-wrong-credentials", partial(_wrong_credentials, vendor, seed))
    yield Case("B13", "bossdesk-key-changed", partial(_key_changed, seed))


def _short_sessions(seed: int, every: int, benches: FaultBenches) -> None:
    with benches.bench("servicebridge", seed=seed) as bench:
        bench.edit(8)
        bench.sandbox.expire_every = every
        bench.healed()
        assert bench.sandbox.failed_logins == 0


def _sessions_lost(seed: int, at: int, benches: FaultBenches) -> None:
    """All sessions end at once: one login for all of them, and the same page again."""
    with benches.bench("servicebridge", seed=seed) as bench:
        bench.edit(8)

        def lose(call: Any, honest: Any) -> Any:
            bench.sandbox.sessions.clear()
            return honest

        report = bench.sync(FaultyAnswers(lose, at), sweep=True)
        assert report.exit_code == 0, describe_report(report)
        assert bench.sandbox.logins <= 3
        bench.judge()


def _refused(vendor: str, seed: int, at: int, benches: FaultBenches) -> None:
    """The credentials stop being accepted: exit 2 after a few requests, nothing is deleted."""
    change = status(401, b"{}")
    with benches.bench(vendor, seed=seed) as bench:
        bench.edit(8)
        deleted = marked(bench)
        wrong = FaultyAnswers(
            change, at, FOR_EVER, lambda call: not call.path.lower().endswith(("login", "sessions"))
        )
        report = bench.sync(wrong, sweep=True)
        assert report.exit_code == 2, describe_report(report)
        assert wrong.changed <= 40, f"{wrong.changed} requests after the refusal"
        nothing_lost(bench, deleted)
        bench.healed()


def _wrong_credentials(vendor: str, seed: int, benches: FaultBenches) -> None:
    """Vendors lock accounts: one try, then exit 2."""
    wrong = {
        "bossdesk": ("api_key", "nope"),
        "servicebridge": ("password", "nope"),
        "servicesidekick": ("api_token", "nope"),
        "notific": ("api_key", "nope"),
        "shiftboard": ("signature_key", "nope"),
    }
    with benches.bench(vendor, seed=seed) as bench:
        bench.edit(8)
        before = bench.untouched()
        name, value = wrong[vendor]
        bench.settings[name] = value
        report = bench.sync(sweep=True)
        assert report.exit_code == 2, describe_report(report)
        assert getattr(bench.sandbox, "failed_logins", 0) <= (1 if vendor == "servicebridge" else 8)
        assert bench.untouched() == before
        del bench.settings[name]
        bench.healed()


def _key_changed(seed: int, benches: FaultBenches) -> None:
    """Signed in with a name and a password: a new key in the middle of the sync is fetched once."""
    with benches.bench("bossdesk", seed=seed) as bench:
        bench.edit(8)
        bench.settings |= {
            "username": bench.sandbox.username,
            "password": bench.sandbox.password,
            "api_key": "",
        }
        bench.sandbox.settings = lambda base_url: {"base_url": base_url + "/api/v1"}
        del bench.settings["api_key"]

        def change(call: Any, honest: Any) -> Any:
            bench.sandbox.api_key = "another"
            return honest

        report = bench.sync(FaultyAnswers(change, 9), sweep=True)
        assert report.exit_code == 0, describe_report(report)
        bench.judge()


def _redirects(seed: int) -> Iterator[Case]:
    for vendor in known(SMALL_WORLDS):
        for code in (301, 302, 307, 308):
            yield Case("B14", f"{vendor}-{code}", partial(_redirected, vendor, seed, code))


def _redirected(vendor: str, seed: int, code: int, benches: FaultBenches) -> None:
    """Credentials do not follow: exit 2, and it says whereto."""
    change = status(code, b"", Location="http://elsewhere.example/api")
    with benches.bench(vendor, seed=seed) as bench:
        bench.edit(8)
        deleted = marked(bench)
        report = bench.sync(FaultyAnswers(change, 2, FOR_EVER), sweep=True)
        assert report.exit_code == 2, describe_report(report)
        assert "elsewhere.example" in describe_report(report)
        nothing_lost(bench, deleted)
        bench.healed()
