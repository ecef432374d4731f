"""The command ``webhooks``: hears a vendor's events and brings the rows concerned within seconds.

Events are unsigned GET requests with ids in the path (Shiftboard's text, "Webhooks"): whoever knows the address can
send them. So an event is a hint and never a fact: the rows are read from the vendor, deletes included, and an event
that never came is made good by the next scheduled sync, which stays the truth.
"""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import unquote, urlsplit

from fieldhouse.pipelines.config.account import Account
from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.errors import exit_code, message, next_step
from fieldhouse.pipelines.output.console import log_event, log_line, print_line, quantity
from fieldhouse.pipelines.sync.account_sync import sync_account
from fieldhouse.pipelines.sync.publish import Publisher, check_copy
from fieldhouse.pipelines.sync.refresh_queue import Due, Hints
from fieldhouse.pipelines.sync.report import Report
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.warehouse.connect import Warehouse, open_warehouse
from fieldhouse.warehouse.errors import WarehouseError

from .event_listener import listening

EVENTS = ("created", "updated", "deleted")
TICK = 0.2
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PATH_MOST = 512


class Post:
    """Where events come in: ``/TOKEN/ACCOUNT/OBJECT/EVENT/ID``, with two ids for an object of two keys.

    Args:
        named: whether the ids are the vendor's internal ones; others name no row here, and the table is read by
            its filter.
    """

    def __init__(
        self, accounts: Sequence[Account], hints: Hints, *, token: str = "", named: bool = True
    ) -> None:
        self._accounts = {account.name: account for account in accounts}
        self._hints, self._token, self._named = hints, token, named

    def take(self, path: str) -> int:
        """The HTTP status for an event: 200 noted, 404 an unknown address, 400 a malformed address or id."""
        try:
            parts = [unquote(part) for part in urlsplit(path[:_PATH_MOST]).path.split("/") if part]
        except ValueError:  # "http://[bad/shift"
            return 400
        if self._token and not (parts and hmac.compare_digest(parts.pop(0).encode(), self._token.encode())):
            return 404
        if len(parts) < 4 or parts[0] not in self._accounts or parts[2] not in EVENTS:
            return 404
        vendor = self._accounts[parts[0]].vendor
        if parts[1] not in vendor.events:
            return 404
        table = vendor.table(vendor.events[parts[1]])
        ids = tuple(parts[3:])
        if not all(_ID.fullmatch(part) for part in ids) or (self._named and len(ids) != len(table.key)):
            return 400
        self._hints.add(
            self._accounts[parts[0]].name,
            table.name,
            ids if self._named else None,
            deleted=parts[2] == "deleted",
        )
        return 200

    def addresses(self, url: str) -> list[str]:
        """What the vendor's account manager has to enter, one line an event."""
        token = "/TOKEN" if self._token else ""
        return [
            f"{account.name} {event_source} {event}: {url}{token}/{account.name}/{event_source}/{event}/"
            for account in self._accounts.values()
            for event_source in account.vendor.events
            for event in EVENTS
        ]


class Bringer:
    """Brings what is due into the warehouse, one account at a time."""

    def __init__(self, accounts: Sequence[Account], warehouse: Warehouse, hints: Hints) -> None:
        self._accounts = {account.name: account for account in accounts}
        self._warehouse, self._hints = warehouse, hints

    def step(self) -> list[Report]:
        """Read what is due; what could not be read goes back to the hints."""
        return [report for due in self._hints.due() for report in self._bring(due)]

    def _bring(self, due: Due) -> list[Report]:
        account = self._accounts[due.account]
        reports = []
        if due.keys:
            reports.append(self._sync(account, Options(only_keys=dict(due.keys)), due.keys))
        if due.tables:
            reports.append(self._sync(account, Options(sweep=due.deletes), due.tables))
        failed = {outcome.table for report in reports for outcome in report.outcomes if outcome.error}
        again = any(exit_code(error) == 3 for report in reports for error in _errors(report))
        if failed and again:
            keys = {table: keys for table, keys in due.keys.items() if table in failed}
            self._hints.back(Due(due.account, keys, due.tables & failed, due.deletes))
        for report in reports:
            _log_report(report)
        return reports

    def _sync(
        self, account: Account, options: Options, tables: Mapping[str, object] | frozenset[str]
    ) -> Report:
        """The named tables alone: what they are read for is in the warehouse already."""
        chosen = [table for table in account.vendor.tables if table.name in tables]
        return sync_account(account, self._warehouse, options, tables=chosen)


def _errors(report: Report) -> list[Exception]:
    errors = [report.error, *(outcome.error for outcome in report.outcomes)]
    return [error for error in errors if error is not None]


def _log_report(report: Report) -> None:
    written, deleted = (
        sum(getattr(outcome, name) for outcome in report.outcomes)
        for name in ("rows_written", "rows_deleted")
    )
    names = ", ".join(outcome.table for outcome in report.outcomes)
    log_line(
        f"{report.account} ({names}): {quantity(written, 'row')} written, {deleted:,} deleted;"
        f" {quantity(report.requests, 'request')}"
    )
    log_event(
        "events brought", account=report.account, tables=names, rows_written=written, rows_deleted=deleted
    )
    for error in {id(error): error for error in _errors(report)}.values():
        log_line(f"error: {message(error)}")
        log_line(f"  -> {next_step(error)}")


def _log_publish_error(failed: WarehouseError | None) -> None:
    if failed is not None:
        log_line(f"error: not published: {message(failed)}")
        log_line(f"  -> {next_step(failed)}")


def run(
    settings: Settings,
    accounts: Sequence[Account],
    *,
    host: str,
    port: int,
    named: bool,
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """Serve until interrupted; 0.

    Raises:
        FixSettings: no account has events, the address is taken, or strangers could reach it without a token.
        WarehouseSettingsError: ``warehouse.publish`` is wrong.
    """
    heard = [account for account in accounts if account.vendor.events]
    if not heard:
        raise FixSettings(
            "no configured vendor has webhooks.", do="Shiftboard has: configure an account of it."
        )
    token = settings.webhooks.token.get_secret_value() if settings.webhooks.token else ""
    if not token and host not in ("127.0.0.1", "::1", "localhost"):
        raise FixSettings(
            f"listening on {host} without a token would let anybody cause requests.",
            do='Set WEBHOOKS__TOKEN, or token = "a-long-random-text" under [webhooks]; it becomes part of the address.',
            where="webhooks.token",
        )
    hints = Hints(time.monotonic)
    post = Post(heard, hints, token=token, named=named)
    warehouse = open_warehouse(settings.warehouse_url, lock_wait=settings.lock_wait, say=log_line)
    check_copy(warehouse, settings.publish)
    bringer, copies = Bringer(heard, warehouse, hints), Publisher(warehouse, settings.publish)
    with listening(post.take, host, port) as server:
        print_line(f"listening on http://{host}:{server.server_address[1]}; give the vendor these addresses:")
        for line in post.addresses("https://YOUR-HOST"):
            print_line(f"  {line}")
        try:
            while not stop():
                if any(report.wrote for report in bringer.step()):
                    copies.wrote()
                _log_publish_error(copies.step())
                time.sleep(TICK)
        finally:
            _log_publish_error(copies.step(at_once=True))
    return 0
