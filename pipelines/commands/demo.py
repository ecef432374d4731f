"""The command ``demo``: the main job with no account anywhere, from the stand-in APIs to a query and its answer."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from fieldhouse.pipelines.build_marts import build
from fieldhouse.pipelines.config.extras import install_command, is_installed
from fieldhouse.pipelines.config.selection import jobs
from fieldhouse.pipelines.config.settings import Settings, load
from fieldhouse.pipelines.output.console import duration, log_line, print_grid, print_line
from fieldhouse.pipelines.output.progress import watching
from fieldhouse.pipelines.output.report import print_report
from fieldhouse.pipelines.sync.accounts import sync_accounts
from fieldhouse.pipelines.sync.report import Report
from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.errors import gravest
from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.sources.sandbox.sandbox import Sandbox
from fieldhouse.sources.sandbox.server import environment, serve
from fieldhouse.warehouse.connect import Warehouse, open_warehouse

from .build import print_build

FILE = "fieldhouse-demo.duckdb"
EDITS = 12
SHOWN = 4
"""The number of edits made at each vendor, and how many of them are printed."""

QUESTION = "Which helpdesk agents have the most open tickets, and how much talk is on them?"
QUERY = """\
SELECT
    ticket.agent__username AS agent,
    count(DISTINCT ticket.id) AS open_tickets,
    count(comment.id) AS comments,
    max(ticket.updated_at) AS last_change
FROM bossdesk.tickets AS ticket
LEFT JOIN bossdesk.tickets__comments AS comment
    ON comment._parent_id = ticket.id AND comment._deleted_at IS NULL
WHERE ticket.status <> 'closed' AND ticket.agent__username IS NOT NULL AND ticket._deleted_at IS NULL
GROUP BY agent
ORDER BY open_tickets DESC, comments DESC, agent
LIMIT 5"""


def run(
    names: Sequence[str] = tuple(VENDORS),
    *,
    verbose: bool = False,
    folder: Path | None = None,
    size: float = 0.5,
) -> int:
    """Serve, sync, change, sync again, ask; the gravest exit code.

    Args:
        names: the vendors; BOSSDesk is among them, as the question is about its tickets.
        folder: where the warehouse is made, afresh each time; the working directory by default.
        size: of the stand-ins' data.
    """
    path = (folder or Path.cwd()) / FILE
    _remove(path)
    boxes = [SANDBOXES[name](size=size) for name in names if name in SANDBOXES]
    with serve(*boxes) as urls, tempfile.TemporaryDirectory(prefix="fieldhouse-") as home:
        print_line(f"1. {len(boxes)} sandbox APIs are served on this machine: {_listed(urls)}")
        chosen = {"HOME": home, **environment(boxes, urls), **_histories(boxes)}
        settings = load(chosen, Path(home), warehouse_url=f"duckdb:///{path}")
        warehouse = open_warehouse(settings.warehouse_url, say=log_line)
        print_line(f"\n2. The first sync, into {path.name}")
        first = _sync(settings, warehouse, Options(), verbose)
        print_line(f"\n3. People at the vendors make {EDITS} changes each, within an hour")
        _edit(boxes)
        print_line("\n4. The second sync finds them; the sweep finds what was deleted")
        second = _sync(settings, warehouse, Options(sweep=True), verbose)
        print_line(
            "A change of a name, such as a job status's, is written to every row that shows the name.\n"
        )
        for report in second:
            print_report(report, path.name)
        built = _build(settings, max(box.clock.now() for box in boxes))
        _ask(warehouse, path)
    _remove_locks(path)
    return gravest([*(report.exit_code for report in (*first, *second)), built])


def _histories(boxes: Sequence[Sandbox]) -> dict[str, str]:
    """Settings that keep every version of the tickets and jobs, for the marts of their states."""
    return {f"SOURCES__{box.name.upper()}__HISTORY": box.versioned for box in boxes if box.versioned}


def _remove(path: Path) -> None:
    for file in (path, path.with_name(f"{path.name}.wal")):
        file.unlink(missing_ok=True)


def _remove_locks(path: Path) -> None:
    """Nobody else syncs into the demo's file, so its locks need not stay as a real warehouse's do."""
    for file in path.parent.glob(f"{path.name}.*lock"):
        file.unlink(missing_ok=True)


def _listed(urls: Mapping[str, str]) -> str:
    return ", ".join(f"{name} at {url}" for name, url in urls.items())


def _sync(settings: Settings, warehouse: Warehouse, options: Options, verbose: bool) -> list[Report]:
    with watching(verbose=verbose) as watch:
        reports = sync_accounts(jobs(settings), warehouse, options, watch)
    rows = [
        [
            report.account,
            f"{len(report.outcomes)}",
            *(f"{sum(getattr(o, name) for o in report.outcomes):,}" for name in _COUNTS),
            f"{report.requests:,}",
            duration(report.seconds),
        ]
        for report in reports
    ]
    headers = ("vendor", "tables", "rows read", "written", "deleted", "requests", "time")
    print_grid(headers, rows, headers[1:])
    for report in reports:
        if report.exit_code:
            print_report(report, warehouse.display)
    return reports


_COUNTS = ("rows_read", "rows_written", "rows_deleted")


def _edit(boxes: Sequence[Sandbox]) -> None:
    for box in boxes:
        box.clock.advance(minutes=30)
        lines = box.edit(EDITS)
        box.clock.advance(minutes=30)
        print_line(f"{box.name}: {'; '.join(lines[:SHOWN])}; and {len(lines) - SHOWN} more")


def _build(settings: Settings, now: datetime) -> int:
    """Build the marts where dbt is installed, as of the stand-ins' clock; the exit code."""
    if not is_installed("marts"):
        print_line("5. The marts need dbt, which is not installed. Install the extra and run the demo again:")
        print_line(f"  {install_command('marts')}\n")
        return 0
    print_line("5. The marts: what analysts query")
    report = build(settings, variables={"now": now.isoformat(), "currency": "USD"})
    print_build(report)
    print_line()
    return report.exit_code


def _ask(warehouse: Warehouse, path: Path) -> None:
    print_line(f"6. {QUESTION}\n\n{QUERY}\n")
    with warehouse.session() as session:
        rows = session.fetch(QUERY)
    headers = ("agent", "open_tickets", "comments", "last_change")
    print_grid(headers, [[str(value) for value in row] for row in rows], ("open_tickets", "comments"))
    print_line(f"\nEverything is in {path.name}. Query it with fieldhouse or any DuckDB client, for example:")
    print_line(
        f'  fieldhouse query --warehouse duckdb:///{path.name} "SELECT title, status FROM bossdesk.tickets LIMIT 5"'
    )
    print_line(
        f"  python -c \"import duckdb; duckdb.connect('{path.name}', read_only=True).sql('SHOW ALL TABLES').show()\""
    )
    print_line("or serve the APIs and sync from them as you would for real: fieldhouse sandbox")
