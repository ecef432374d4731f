"""Group A4: SIGTERM and SIGINT."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from functools import partial

from tests.faults.case import Case
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import WITH_WORKING_FOLDER, known
from tests.faults.injection_points import InjectionPoint
from tests.faults.process_pool import GRACE, until
from tests.faults.warehouses import WAREHOUSES


def cases(seed: int) -> Iterator[Case]:
    places = {
        "reading": InjectionPoint("request", 3, "after"),
        "landing": InjectionPoint("file", 40),
        "applying": InjectionPoint("sql", 1, "before", "^COMMIT"),
    }
    for name, act, code in (("SIGTERM", "term", 143), ("SIGINT", "int", 130)):
        for vendor in known(("bossdesk", "notific")):
            for place, point in places.items():
                at = InjectionPoint(point.kind, point.n, point.when, point.match, act)
                warehouses = WITH_WORKING_FOLDER if point.kind == "file" else tuple(WAREHOUSES)
                run = partial(_interrupted, vendor, seed, at, code)
                yield Case("A4", f"{vendor}-{name}-{place}", run, warehouses)
        yield Case("A4", f"bossdesk-{name}-hanging", partial(_interrupted_while_waiting, seed, name, code))


def _interrupted(vendor: str, seed: int, point: InjectionPoint, code: int, benches: FaultBenches) -> None:
    with benches.bench(vendor, seed=seed, sockets=True) as bench:
        bench.edit(6)
        ending = bench.broken(point, options={"sweep": True}, signals=True)
        assert ending.code == code, ending
        bench.healed()


def _interrupted_while_waiting(seed: int, name: str, code: int, benches: FaultBenches) -> None:
    """The vendor does not answer: the sync ends at once all the same."""
    with benches.bench("bossdesk", seed=seed, sockets=True) as bench:
        bench.edit(6)
        gate = bench.folder / "gate"
        running = bench.started(
            InjectionPoint("request", 4, "sent", act="hold", gate=str(gate)),
            options={"sweep": True},
            signals=True,
        )
        until(gate.with_name("gate.held").exists)
        started = time.monotonic()
        running.signal(getattr(signal, name))
        ending = running.ended(30)
        took = time.monotonic() - started
        assert ending.code == code, ending
        assert took < GRACE, f"{name} ended it after {took:.1f} s"
        gate.touch()
        bench.healed()
