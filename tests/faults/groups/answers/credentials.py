"""Group B13: sessions and credentials that end."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from tests.faults.case import Case
from tests.faults.expectations import marked, nothing_lost
from tests.faults.fault_bench import describe_report
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.http_faults import FOR_EVER, FaultyAnswers, status
from tests.faults.small_worlds import SMALL_WORLDS


def cases(seed: int) -> Iterator[Case]:
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
