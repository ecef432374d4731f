"""An account's client, paced: published limits hold over all processes of a machine, or of all machines that share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from fieldhouse.pipelines.config.account import Account
from fieldhouse.sources.engine.http.client import Client
from fieldhouse.sources.engine.http.concurrency import ConcurrencyLimiter
from fieldhouse.sources.engine.http.rate_limit import (
    CompositeLimiter,
    RateLimiter,
    SharedBudget,
    SharedRateLimiter,
)
from fieldhouse.sources.engine.http.transport import Transport

Limits = tuple[tuple[int, float], ...]
"""``(requests, seconds)`` each."""


@contextmanager
def open_client(account: Account) -> Iterator[tuple[Client, int]]:
    """The account's client, paced; and how many requests may be in flight."""
    vendor, settings = account.vendor, account.settings
    start, most = vendor.concurrency
    most = settings.max_concurrency or most
    gate = ConcurrencyLimiter(min(start, most), most)
    api = vendor.connect(settings)
    with ExitStack() as open_:
        book = open_.enter_context(closing(account.budgets())) if account.budgets else None
        governor = rate_limiters(account, book)
        transport = Transport(api.base_url, gate=gate, governor=governor, **api.extra.get("transport", {}))
        open_.callback(transport.close)
        yield Client(api, transport), most


def rate_limiters(account: Account, book: SharedBudget | None = None) -> CompositeLimiter:
    """What an account's requests wait for: over all processes of the machine, or over all that share ``book``."""
    pairs = budgets(account).items()
    if book is not None:
        return CompositeLimiter(*(SharedRateLimiter(limits, book, name) for name, limits in pairs))
    return CompositeLimiter(
        *(RateLimiter(limits, rate_limit_folder() / f"{name}.pace") for name, limits in pairs)
    )


def budgets(account: Account) -> dict[str, Limits]:
    """The limits that an account keeps, by the name of the budget that they draw on.

    The vendor's published limits hold per host and address, so every account of that host shares one budget; limits
    that the settings add are the account's own.
    """
    settings = account.settings
    host = _safe(urlsplit(settings.base_url).netloc.rpartition("@")[2])
    own: list[tuple[int, float]] = []
    if settings.requests_per_second:
        rate = settings.requests_per_second
        own.append((max(1, int(rate)), max(1.0, 1 / rate)))
    if settings.requests_per_hour:
        own.append((settings.requests_per_hour, 3600.0))
    limits: dict[str, Limits] = {}
    if account.vendor.limits:
        limits[host] = account.vendor.limits
    if own:
        windows = "-".join(f"{requests}in{seconds:g}" for requests, seconds in own)
        limits[f"{host}-{_safe(account.name)}-{windows}"] = tuple(own)
    return limits


def _safe(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in ".-" else "_" for letter in name)


def rate_limit_folder() -> Path:
    """Where the machine's processes share what they have sent: per user, private."""
    base = os.environ.get("FIELDHOUSE_PACE_DIR") or os.environ.get("XDG_STATE_HOME")
    return Path(base or Path.home() / ".local" / "state") / "fieldhouse" / "pace"
