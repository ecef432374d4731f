"""How many requests does each vendor's sync cost: the first, one without changes, one with 20 edits, and a sweep?

    python -m tests.benchmarks.cost_per_vendor [--size 1]

Each vendor's sandbox answers in this process. The table is the one of docs/sizing.md.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from fieldhouse.sources.sandbox import SANDBOXES
from tests.support.sync_harness import duckdb_url, open_harness


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=float, default=1.0)
    size = parser.parse_args().size
    print("| vendor | tables | rows | first sync | without changes | after 20 edits | with a sweep |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name in SANDBOXES:
        sandbox = SANDBOXES[name](size=size)
        with (
            tempfile.TemporaryDirectory() as folder,
            open_harness(sandbox, duckdb_url(Path(folder)), Path(folder)) as harness,
        ):
            first = harness.sync()
            costs = [first.requests]
            for edits, options in ((0, {}), (0, {}), (20, {}), (0, {"sweep": True})):
                sandbox.clock.advance(hours=3)
                sandbox.edit(edits)
                sandbox.clock.advance(minutes=1)
                costs.append(harness.sync(**options).requests)
            rows = sum(outcome.rows_read for outcome in first.outcomes)
            shown = [costs[0], costs[2], costs[3], costs[4]]
            print(
                f"| {name} | {len(harness.account.tables())} | {rows:,} | {' | '.join(f'{n:,}' for n in shown)} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
