"""Requests of syncs while people edit all the time: do they grow with the number of syncs?

    python -m tests.benchmarks.growth.constant_edits [--vendors bossdesk notific] [--syncs 300] [--edits 6]
        [--seconds 60] [--size 0.1]

The vendor's clock moves by ``--seconds`` between two syncs, with ``--edits`` edits spread over them. Prints the mean
requests of each tenth of the syncs, and at the end whether rows are missing or old.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from statistics import mean

from fieldhouse.sources.sandbox import SANDBOXES
from tests.support.sync_harness import duckdb_url, open_harness


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--vendors", nargs="+", default=sorted(SANDBOXES))
    parser.add_argument("--syncs", type=int, default=300)
    parser.add_argument("--edits", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--size", type=float, default=0.1)
    given = parser.parse_args()
    for vendor in given.vendors:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["FIELDHOUSE_PACE_DIR"] = folder
            _measure(vendor, given, Path(folder))


def _measure(vendor: str, given: argparse.Namespace, folder: Path) -> None:
    box = SANDBOXES[vendor](size=given.size)
    requests = []
    with open_harness(box, duckdb_url(folder), folder, max_delete_share="1") as made:
        assert made.sync().exit_code == 0
        for _ in range(given.syncs):
            for _ in range(given.edits):
                box.clock.advance(seconds=given.seconds / given.edits)
                box.edit(1)
            box.reset_counts()
            assert made.sync().exit_code == 0
            requests.append(box.requests())
        wrong = [item for item in made.differences() if item.kind != "extra row"]
    tenth = max(1, len(requests) // 10)
    means = [mean(requests[start : start + tenth]) for start in range(0, len(requests), tenth)]
    print(
        f"{vendor}: {' '.join(f'{count:.1f}' for count in means)}; {len(wrong)} rows missing or old",
        flush=True,
    )


if __name__ == "__main__":
    main()
