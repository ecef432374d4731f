"""The command ``maintain``: prune the run log of every account, and leave the warehouse's file compact."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.errors import describe_error, exit_code
from fieldhouse.pipelines.inspect.freshness import existing_warehouse
from fieldhouse.pipelines.output.console import log_line, print_json, print_line, quantity
from fieldhouse.pipelines.output.report import print_publish_error
from fieldhouse.pipelines.sync.accounts_in_warehouse import account_of, schemas
from fieldhouse.pipelines.sync.publish import check_copy, publish_copy
from fieldhouse.pipelines.sync.run_log import prune_run_log

KEEP = timedelta(days=90)
OLD_VERSIONS = "7 days"
"""How long the old versions of a lake's tables can be read."""


def run(
    settings: Settings,
    *,
    keep: timedelta = KEEP,
    as_json: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> int:
    """Prune every account's run log and print what was removed; the exit code.

    Args:
        keep: the age up to which runs are kept; the last run and the last good run of each table always are.

    Raises:
        FixSettings: the warehouse does not exist.
        AccountBusy: an account is being synced.
    """
    warehouse = existing_warehouse(settings, log_line)
    check_copy(warehouse, settings.publish)
    holder = f"'fieldhouse maintain', process {os.getpid()} on {socket.gethostname()}"
    pruned: dict[str, int] = {}
    with warehouse.session() as session:
        names = schemas(session)
    for schema in names:
        with warehouse.account_lock(schema, holder), warehouse.session() as session:
            pruned[account_of(schema)] = prune_run_log(session, schema, now() - keep)
    warehouse.maintain(OLD_VERSIONS)
    failed = publish_copy(warehouse, settings.publish, wrote=any(pruned.values()))
    if as_json:
        document = {"vendors": {account: {"runs_pruned": rows} for account, rows in pruned.items()}}
        print_json({**document, **({"publish_error": describe_error(failed)} if failed else {})})
    else:
        for account, rows in pruned.items():
            print_line(f"{account}: {quantity(rows, 'row')} of the run log pruned")
        if failed:
            print_publish_error(failed)
    return exit_code(failed) if failed else 0
