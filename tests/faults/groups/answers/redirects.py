"""Group B14: redirects."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.faults.case import Case
from tests.faults.expectations import marked, nothing_lost
from tests.faults.fault_bench import describe_report
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.http_faults import FOR_EVER, FaultyAnswers, status
from tests.faults.small_worlds import SMALL_WORLDS


def cases(seed: int) -> Iterator[Case]:
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
