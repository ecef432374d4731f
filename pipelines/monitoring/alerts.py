"""A message to a webhook when something needs a person: once when it begins, once when it is over, not each run.

Open alerts are stored in the warehouse (`_state`, under ``_alerts``), so that any worker knows; where the warehouse
itself is out of reach, in a file of this machine. A message that could not be sent counts as not sent: the next
run tries again, and no run fails for it.
"""

from __future__ import annotations

import contextlib
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fieldhouse.pipelines.errors import message, next_step
from fieldhouse.pipelines.inspect.health import Health
from fieldhouse.pipelines.output.console import duration, log_line
from fieldhouse.pipelines.sync.client import rate_limit_folder
from fieldhouse.pipelines.sync.report import Report
from fieldhouse.sources.engine.redact import redact
from fieldhouse.warehouse.connect import Warehouse
from fieldhouse.warehouse.errors import WarehouseError

KEPT = "_alerts"
"""The name under which ``_state`` keeps open alerts: no table of a vendor has this name."""
ACCOUNT = ""
"""Stands for the account as a whole where others name a table."""
NAMED = 5
"""So many tables and changes are named in a message, and the rest counted."""
_COLOURS = {"failed": "danger", "stale": "warning", "killed": "warning", "drift": "#439FE0", "over": "good"}

Send = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Alarm:
    """Something that is wrong with a table, or with the account (``table`` is then `ACCOUNT`).

    Attributes:
        kind: ``failed``, ``stale`` or ``killed``.
        what, do: what happened, and the next step.
    """

    kind: str
    table: str
    what: str
    do: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.table}"


@dataclass
class Judged:
    """What was looked at, and what is wrong: an alarm that was looked for and is not here is over.

    Attributes:
        fine: keys of alarms that would be here if anything were wrong.
        drift: changes of columns, reported once.
    """

    account: str
    alarms: list[Alarm] = field(default_factory=list)
    fine: set[str] = field(default_factory=set)
    drift: list[str] = field(default_factory=list)


class Alerts:
    """Sends what is new about an account, and keeps open alerts.

    Args:
        webhook: receives a POST of Slack's shape: ``text`` and ``attachments``.
        folder: where a machine keeps open alerts while the warehouse is out of reach.
    """

    def __init__(
        self,
        webhook: str,
        warehouse: Warehouse,
        *,
        send: Send | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        folder: Path | None = None,
    ) -> None:
        self.webhook, self.warehouse, self.now = webhook, warehouse, now
        self.send = send or post
        self.folder = folder or rate_limit_folder().parent / "alerts"

    def notify(self, judged: Judged) -> bool:
        """Send new alarms, alarms that are over, and drift; True if the open alarms were stored."""
        schema = judged.account.replace(".", "_")
        open_alarms = self._open_alarms(schema)
        open_now = dict(open_alarms)
        for alarms in _alike(alarm for alarm in judged.alarms if alarm.key not in open_alarms):
            if self._sent(judged.account, alarms[0].kind, _wrong(judged.account, alarms)):
                since = self.now().isoformat(timespec="seconds")
                open_now |= {alarm.key: {"since": since, "what": alarm.what} for alarm in alarms}
        over = [
            key for key in open_alarms if key in judged.fine and key not in {a.key for a in judged.alarms}
        ]
        if over and self._sent(
            judged.account, "over", _over(judged.account, {k: open_alarms[k] for k in over})
        ):
            for key in over:
                del open_now[key]
        if judged.drift:
            self._sent(judged.account, "drift", _drift(judged.account, judged.drift))
        if open_now == open_alarms:
            return False
        self._store(schema, open_now)
        return True

    def _sent(self, account: str, kind: str, text: str) -> bool:
        fields = [{"title": "account", "value": account, "short": True}]
        shown = redact(text)
        attachment = {
            "color": _COLOURS[kind],
            "fallback": shown,
            "fields": fields,
            "ts": self.now().timestamp(),
        }
        try:
            self.send(self.webhook, {"text": shown, "attachments": [attachment]})
        except Exception as error:  # noqa: BLE001 - whatever a receiver answers, the run stands
            log_line(
                f"warning: the webhook of alerts could not be reached, the next run tries again: {_why(error)}"
            )
            return False
        return True

    def _open_alarms(self, schema: str) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        with contextlib.suppress(WarehouseError), self.warehouse.session() as session:
            kept = session.states(schema).get(KEPT, {}).get("open", {})
        return {**kept, **self._on_this_machine(schema)}

    def _store(self, schema: str, alarms: Mapping[str, Any]) -> None:
        path = self.folder / f"{schema}.json"
        try:
            with self.warehouse.session() as session:
                session.prepare(schema)
                session.put_state(schema, KEPT, {"open": dict(alarms)})
            path.unlink(missing_ok=True)
        except WarehouseError:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_text(json.dumps(dict(alarms)), "utf-8")

    def _on_this_machine(self, schema: str) -> dict[str, Any]:
        try:
            kept: dict[str, Any] = json.loads((self.folder / f"{schema}.json").read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return kept


def post(url: str, document: Mapping[str, Any], timeout: float = 10.0) -> None:
    """POST a JSON document.

    Raises:
        OSError: no answer within ``timeout`` seconds, or one that is no success.
    """
    body = json.dumps(document).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        answer.read(1024)


def _why(error: Exception) -> str:
    """The reason without the webhook's address, which is a secret."""
    if isinstance(error, urllib.error.HTTPError):
        return f"it answered {error.code}"
    if isinstance(error, OSError):
        return str(getattr(error, "reason", None) or error)
    return f"its answer is not HTTP ({type(error).__name__})"


def after_sync(report: Report, changes: Sequence[str]) -> Judged:
    """What a sync found: failures of tables or of the account, and the recovery of those that are well."""
    judged = Judged(report.account, drift=list(changes))
    if report.error is not None:
        judged.alarms.append(Alarm("failed", ACCOUNT, message(report.error), next_step(report.error)))
        return judged
    judged.fine.update({f"failed:{ACCOUNT}", f"killed:{ACCOUNT}"})
    if report.unfinished:
        judged.alarms.append(
            killed(report.unfinished, "This sync went on from what was committed: nothing is lost.")
        )
    for outcome in report.outcomes:
        if outcome.error is not None:
            what, step = (
                getattr(outcome.error, "what", "") or message(outcome.error),
                next_step(outcome.error),
            )
            judged.alarms.append(Alarm("failed", outcome.table, what, step))
        else:
            judged.fine.update({f"failed:{outcome.table}", f"stale:{outcome.table}"})
    return judged


def killed(run: Mapping[str, Any], do: str) -> Alarm:
    """A run that began and never ended."""
    return Alarm(
        "killed",
        ACCOUNT,
        f"the sync that began at {run.get('started_at')} did not end ({run.get('holder')}):"
        " it was killed, or its machine stopped",
        do,
    )


def after_status(
    account: str,
    tables: Sequence[Health],
    max_age: timedelta,
    now: datetime,
    unfinished: Mapping[str, Any] | None,
) -> Judged:
    """What a look at the warehouse found: tables that are older than ``max_age``, and a run that was killed."""
    judged = Judged(account, fine={f"stale:{entry.table}" for entry in tables})
    limit = duration(max_age.total_seconds())
    for entry in tables:
        if entry.older_than(max_age, now):
            last = f"last synced {entry.last_sync:%Y-%m-%d %H:%MZ}" if entry.last_sync else "never synced"
            step = f"See whether the schedule runs; 'fieldhouse sync {account}' makes it fresh."
            judged.alarms.append(Alarm("stale", entry.table, f"older than {limit} ({last})", step))
    if unfinished:
        judged.alarms.append(
            killed(unfinished, f"Run 'fieldhouse sync {account}': it goes on from what was committed.")
        )
    return judged


def _alike(alarms: Iterable[Alarm]) -> Iterator[list[Alarm]]:
    """Alarms of one cause together: what stops forty tables is one message."""
    grouped: dict[tuple[str, str, str], list[Alarm]] = {}
    for alarm in alarms:
        cause = alarm.kind if alarm.kind == "stale" else alarm.what
        grouped.setdefault((alarm.kind, cause, alarm.do), []).append(alarm)
    yield from grouped.values()


def _wrong(account: str, alarms: Sequence[Alarm]) -> str:
    first = alarms[0]
    verb = {"failed": "failed", "stale": "is stale", "killed": "was cut off"}[first.kind]
    step = f"\nNext step: {first.do}" if first.do else ""
    return f"fieldhouse: {_named(account, [alarm.table for alarm in alarms])} {verb}: {first.what}{step}"


def _over(account: str, open_alarms: Mapping[str, Any]) -> str:
    tables = sorted({key.partition(":")[2] for key in open_alarms})
    since = min(entry["since"] for entry in open_alarms.values())
    return (
        f"fieldhouse: {_named(account, tables)} is well again (an alert stood since {since}). Nothing to do."
    )


def _drift(account: str, changes: Sequence[str]) -> str:
    more = f", and {len(changes) - NAMED} more" if len(changes) > NAMED else ""
    return (
        f"fieldhouse: the vendor of {account} changed what it sends: {'; '.join(changes[:NAMED])}{more}. "
        "No value was lost.\nNext step: see whether a report or a model wants it; "
        f"{account.replace('.', '_')}._schema_changes has each change."
    )


def _named(account: str, tables: Sequence[str]) -> str:
    if tables == [ACCOUNT]:
        return account
    named = ", ".join(table or "the account" for table in tables[:NAMED])
    more = f" and {len(tables) - NAMED} more" if len(tables) > NAMED else ""
    return f"{account}.{named}" if len(tables) == 1 else f"{account} ({named}{more})"
