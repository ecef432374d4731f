"""Group B11: connections that break, stall or are refused."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.faults.case import Case
from tests.faults.expectations import PLACES, TWO, heals_in_the_run, stops
from tests.faults.fault_bench import describe_report
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.http_faults import Change, broken, cut, late, unreachable, zipped_and_cut
from tests.faults.small_worlds import SMALL_WORLDS


def cases(seed: int) -> Iterator[Case]:
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
