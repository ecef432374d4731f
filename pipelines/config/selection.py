"""What a command is about: accounts, tables and dates, from the words of the command line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from fieldhouse.sources.engine.changes.cursor_time import instant
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.engine.spec.account_settings import duration
from fieldhouse.sources.engine.spec.table import Table

from .account import Account
from .settings import Settings


@dataclass(frozen=True)
class Job:
    """One account and the tables of it that are meant."""

    account: Account
    tables: tuple[Table, ...]


def jobs(settings: Settings, names: Iterable[str] = (), globs: Iterable[str] = ()) -> list[Job]:
    """The accounts that are named (all where none is) with their tables that match.

    With several accounts a glob need not match in each of them; those without any match are left out.

    Raises:
        FixSettings: no such vendor, account or table.
    """
    accounts = settings.choose(names)
    patterns = [part.strip() for glob in globs for part in glob.split(",") if part.strip()]
    if not patterns:
        return [Job(account, account.tables()) for account in accounts]
    for glob in patterns:
        if not any(_matches(account, glob) for account in accounts):
            accounts[0].tables([glob])
    matching = [(account, [glob for glob in patterns if _matches(account, glob)]) for account in accounts]
    return [Job(account, account.tables(here)) for account, here in matching if here]


def _matches(account: Account, glob: str) -> bool:
    return any(fnmatchcase(table.name, glob) for table in account.vendor.tables)


def day(text: str | None, option: str, *, end: bool = False, now: datetime | None = None) -> datetime | None:
    """A date of the command line in UTC; a day without a time begins at midnight, or ends there with ``end``.

    Raises:
        FixSettings: it is none.
    """
    if text is None:
        return None
    moment = instant(text) or _relative_day(text, now or datetime.now(UTC))
    if moment is None:
        raise FixSettings(
            f"{text!r} is no date.",
            do="Expected a day such as 2026-11-02, 2026-11-02T08:30Z, yesterday or 7d.",
            where=option,
        )
    return moment + timedelta(days=1, microseconds=-1) if end and _is_day(text, moment) else moment


def _relative_day(text: str, now: datetime) -> datetime | None:
    """The midnight (UTC) that ``today``, ``yesterday``, ``7d`` or ``2 weeks ago`` means; None for another text."""
    words = text.strip().lower().removesuffix("ago").strip()
    days: dict[str, timedelta] = {"today": timedelta(), "yesterday": timedelta(days=1)}
    try:
        back = days[words] if words in days else duration(words)
        return (now - back).replace(hour=0, minute=0, second=0, microsecond=0)
    except (ValueError, OverflowError):
        return None


def _is_day(text: str, moment: datetime) -> bool:
    return len(text.strip()) == 10 or (instant(text) is None and moment.hour == 0)


def window(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """The window of ``--since`` and ``--until``, both days included.

    Raises:
        FixSettings: no dates, or the wrong way round.
    """
    first, last = day(since, "--since"), day(until, "--until", end=True)
    if first and (last or datetime.now(UTC)) < first:
        raise FixSettings(
            "--since lies after --until (or after today).", do="Give the earlier day to --since."
        )
    return first, last


def refuse_dry_run(names: Iterable[str]) -> None:
    """Point to the command ``plan``; raises FixSettings always: a sync has no trial mode."""
    command = " ".join(["fieldhouse plan", *names])
    raise FixSettings(
        "no such option; 'plan' shows what the next sync will request and writes nothing.",
        do=f"Run '{command}'.",
        where="--dry-run",
    )


def age(text: str | None, option: str) -> timedelta | None:
    """A duration of the command line, such as ``2h``.

    Raises:
        FixSettings: it is not one.
    """
    if text is None:
        return None
    try:
        length: timedelta = duration(text)
    except ValueError as error:
        raise FixSettings(f"{error}.", do=f"For example {option} 2h.", where=option) from None
    return length
