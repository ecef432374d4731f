"""What every sandbox vendor shares: a clock, a request, an answer, faults, and the shape of a sandbox.

A sandbox holds one vendor's data, answers its API's requests as strictly as the vendor's text asks, and can say
what the truth is, so that a test can compare a warehouse with it without asking the engine.
"""

from __future__ import annotations

import base64
import json
import random
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast
from urllib.parse import parse_qs, urlsplit

import orjson

Record = dict[str, Any]
T = TypeVar("T")


def copy_json(value: T) -> T:
    """A value as JSON has them that may be changed without the original: a fifth of ``copy.deepcopy``'s time."""
    made: Any = value
    if isinstance(value, dict):
        made = {name: copy_json(inner) for name, inner in value.items()}
    elif isinstance(value, list):
        made = [copy_json(inner) for inner in value]
    return cast("T", made)


class Clock:
    """A clock that stands still until it is told to move, so that a test's week takes no time.

    ``now()`` is UTC with millisecond resolution.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._now = (start or datetime(2026, 11, 2, 14, 30, tzinfo=UTC)).replace(microsecond=0)

    def now(self) -> datetime:
        return self._now

    def advance(self, **delta: float) -> datetime:
        """Move forward by ``timedelta(**delta)`` and return the new time."""
        self._now += timedelta(**delta)
        return self._now


class RealClock(Clock):
    """The machine's own time, for sandboxes that people point a browser or a schedule at."""

    def now(self) -> datetime:
        now = datetime.now(UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)


@dataclass(frozen=True)
class Call:
    """One request as it came over the wire. Header names are lower-case; query values are decoded."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes = b""
    target: str = ""

    @classmethod
    def of(cls, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Call:
        parts = urlsplit(target)
        query = parse_qs(parts.query, keep_blank_values=True)
        return cls(method, parts.path, query, {k.lower(): v for k, v in headers.items()}, body, target)

    def first(self, name: str, default: str | None = None) -> str | None:
        values = self.query.get(name)
        return values[0] if values else default

    def basic(self) -> tuple[str, str] | None:
        """User and password of HTTP Basic, or None where there is no such header."""
        scheme, _, coded = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        user, _, password = base64.b64decode(coded).decode().partition(":")
        return user, password


@dataclass(frozen=True)
class Answer:
    """What goes back. ``cut`` closes the connection after so many bytes of the body, as a broken line does."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None


Fault = Callable[[Call, Answer], Answer | None]
"""Gets a call and the honest answer; returns another answer, or None to let the honest one through."""


class Sandbox(ABC):
    """One vendor's sandbox. Subclasses hold the data and answer calls; this holds what all of them need.

    ``calls`` counts requests by a label that the subclass gives (``label``), ``log`` keeps them in order.
    ``limits`` are the vendor's published rate limits, ``(requests, seconds)`` each, enforced with 429 when set.
    ``edge_cases`` puts values into the data that a vendor may send but nobody expects: times that cannot exist,
    invoices that are due before they are written, work that begins years after it was ordered. Without it the
    data are those of a well-run business, for the demo. The draws are the same with and without.
    """

    name: str
    limits: tuple[tuple[int, float], ...] = ()
    versioned: str = ""
    """The table of which the demo keeps every version: that of the vendor's tickets or jobs."""

    def __init__(
        self, seed: int = 7, size: float = 1.0, clock: Clock | None = None, *, edge_cases: bool = False
    ) -> None:
        self.edge_cases = edge_cases
        self.clock = clock or Clock()
        self.random = random.Random(f"{self.name}:{seed}")
        self.size = size
        self.lock = threading.RLock()
        self.calls: Counter[str] = Counter()
        self.log: list[str] = []
        self.faults: list[Fault] = []
        self.latency = 0.0
        self.in_flight = self.most_in_flight = 0

    @abstractmethod
    def answer(self, call: Call) -> Answer:
        """The honest answer to one call, by the vendor's text. Called with ``self.lock`` held."""

    @abstractmethod
    def settings(self, base_url: str) -> dict[str, str]:
        """The settings that point fieldhouse here: names without prefix (``base_url``, ``api_key`` …)."""

    @abstractmethod
    def truth(self) -> dict[str, list[Record]]:
        """Every table of the inventory: its records as the vendor's fullest read gives them, children nested."""

    @abstractmethod
    def edit(self, count: int = 1) -> list[str]:
        """Make ``count`` random edits as users of the vendor do; say what was done, a line each."""

    def label(self, call: Call) -> str:
        """The name under which a call is counted: method and path, with ids folded to ``*``."""
        parts = ["*" if part.isdigit() else part for part in call.path.split("/")]
        return f"{call.method} {'/'.join(parts)}"

    def handle(self, call: Call) -> Answer:
        """Count, answer, and put the faults on top. This is what the server calls."""
        with self.lock:
            label = self.label(call)
            self.calls[label] += 1
            self.log.append(label)
            honest = self.answer(call)
            for fault in list(self.faults):
                changed = fault(call, honest)
                if changed is not None:
                    return changed
            return honest

    @contextmanager
    def fault(self, fault: Fault) -> Iterator[None]:
        """Keep ``fault`` switched on inside the block."""
        self.faults.append(fault)
        try:
            yield
        finally:
            self.faults.remove(fault)

    def requests(self) -> int:
        return sum(self.calls.values())

    def reset_counts(self) -> None:
        self.calls.clear()
        self.log.clear()
        self.most_in_flight = 0


def json_body(value: Any) -> bytes:
    """JSON as a vendor writes it: integers of any size, NaN, and lone surrogates as escapes."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":")).encode()


def iso(moment: datetime | None, timespec: str = "milliseconds") -> str | None:
    """``2026-11-02T14:30:00.000Z``: the form that most of these vendors print."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
