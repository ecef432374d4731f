"""A reader of the marts in a process of its own: queries in a loop and prints every answer that differs from the last.

python -m tests.support.marts.marts_reader URL STOP_FILE
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from fieldhouse.warehouse.connect import open_warehouse

TOGETHER = (
    "SELECT (SELECT count(*) FROM marts.tickets), (SELECT count(*) FROM marts.ticket_metrics),"
    " (SELECT count(*) FROM marts.sla), (SELECT count(*) FROM marts.work_items WHERE kind = 'ticket'),"
    " (SELECT sum(opened) FROM marts.ticket_backlog_daily),"
    " (SELECT max(live_rows) FROM marts.sync_health WHERE table_name = 'tickets')"
)
"""Numbers that are the same in each complete set of marts."""


def main() -> None:
    url, stop = sys.argv[1], Path(sys.argv[2])
    last, is_over = "", False
    while not is_over:
        is_over = stop.exists()  # a last answer comes after the file
        with open_warehouse(url, lock_wait=60).read_only("a reader") as queries:
            answer = " ".join(str(int(number)) for number in queries.fetch(TOGETHER)[1][0])
        if answer != last:
            print(answer, flush=True)
            last = answer
        time.sleep(0.01)


if __name__ == "__main__":
    main()
