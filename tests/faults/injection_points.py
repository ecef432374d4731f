"""Injection points: something happens to a sync at a chosen request, statement, file or step, before or after it."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from fieldhouse.pipelines.sync.account_sync import AccountSync
from fieldhouse.pipelines.sync.loader import AccountRun, ApplyLoader
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.load.spool import LoadBatch
from fieldhouse.warehouse.connect import Warehouse
from fieldhouse.warehouse.session import Session

_FILE_EVENTS = frozenset({"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"})


class Crash(BaseException):
    """The process ends here, in a test that has no process to spare."""


@dataclass(frozen=True)
class InjectionPoint:
    """Where something happens, and what.

    Attributes:
        kind: ``request``, ``sql`` (statements of the loading thread), ``file`` (in the working folder) or ``step``.
        n: the n-th of those that ``match``, from 1.
        when: ``before`` or ``after`` it; for a request also ``sent``: the vendor has answered, nobody has read it.
        match: a pattern that the path, the statement, the event or the step's name holds.
        act: ``kill``, ``term``, ``int``, ``crash``, ``sever`` (the database ends the connection), ``hold`` (wait
            until the file ``gate`` is there) or ``full`` (the disk is full).
    """

    kind: str
    n: int = 1
    when: str = "before"
    match: str = ""
    act: str = "kill"
    gate: str = ""

    def __str__(self) -> str:
        subject = f" {self.match!r}" if self.match else ""
        return f"{self.act} {self.when} {self.kind}{subject} {self.n}"


class InjectionPoints:
    """Counts what happens and runs the injection points; each runs once. Safe to use from many threads."""

    def __init__(self, points: Sequence[InjectionPoint] = ()) -> None:
        self.points = list(points)
        self.sprung: list[InjectionPoint] = []
        self._counts = [0] * len(self.points)
        self._lock = threading.Lock()
        self.sever: Callable[[], None] = lambda: None

    def at(self, kind: str, when: str, subject: str = "") -> None:
        """Something happens now; may not come back."""
        for point in self._due(kind, when, subject):
            self._spring(point)

    def _due(self, kind: str, when: str, subject: str) -> list[InjectionPoint]:
        due = []
        with self._lock:
            for place, point in enumerate(self.points):
                if point.kind == kind and point.when == when and re.search(point.match, subject):
                    self._counts[place] += 1
                    if self._counts[place] == point.n:
                        self.sprung.append(point)
                        due.append(point)
        return due

    def _spring(self, point: InjectionPoint) -> None:
        if point.act in _SIGNALS:
            os.kill(os.getpid(), _SIGNALS[point.act])
        elif point.act == "crash":
            raise Crash(str(point))
        elif point.act == "full":
            raise OSError(28, "No space left on device")
        elif point.act == "sever":
            self.sever()
        elif point.act == "hold":
            _hold(Path(point.gate))


_SIGNALS = {"kill": signal.SIGKILL, "term": signal.SIGTERM, "int": signal.SIGINT}


def _hold(gate: Path) -> None:
    """Say so in ``<gate>.held``, then wait for ``gate``; two minutes at most."""
    gate.with_name(f"{gate.name}.held").touch()
    waiting = threading.Event()
    for _ in range(6000):
        if gate.exists():
            return
        waiting.wait(0.02)


class InjectingTransport(httpx.BaseTransport):
    """Another wire, whose requests are counted."""

    def __init__(self, points: InjectionPoints, inner: httpx.BaseTransport | None = None) -> None:
        self.points = points
        self.inner = inner or httpx.HTTPTransport(limits=httpx.Limits(max_connections=32))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.points.at("request", "before", path)
        response = self.inner.handle_request(request)
        self.points.at("request", "sent", path)
        assert isinstance(response.stream, httpx.SyncByteStream)
        try:
            body = b"".join(response.stream)
        finally:
            response.close()
        self.points.at("request", "after", path)
        return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(body))

    def close(self) -> None:
        self.inner.close()


class InjectingDatabase:
    """An open database whose statements are counted, where the loading thread sends them."""

    def __init__(self, db: Any, points: InjectionPoints) -> None:
        self._db, self._points = db, points

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def execute(self, sql: str) -> int:
        with self._counted(sql):
            changed: int = self._db.execute(sql)
        return changed

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        with self._counted(sql):
            rows: list[tuple[Any, ...]] = self._db.fetch(sql)
        return rows

    def temporary(self, name: str, select: str) -> str:
        with self._counted(f"CREATE TEMP TABLE {name}"):
            ref: str = self._db.temporary(name, select)
        return ref

    def drop_landing(self, landing: str) -> None:
        with self._counted(f"DROP SCHEMA {landing}"):
            self._db.drop_landing(landing)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._at("before", "BEGIN")
        with self._db.transaction():
            self._at("after", "BEGIN")
            yield
            self._at("before", "COMMIT")
        self._at("after", "COMMIT")

    @contextmanager
    def _counted(self, sql: str) -> Iterator[None]:
        self._at("before", sql)
        yield
        self._at("after", sql)

    def _at(self, when: str, sql: str) -> None:
        if threading.current_thread() is threading.main_thread():
            self._points.sever = self._sever
            self._points.at("sql", when, sql)

    def _sever(self) -> None:
        """The server ends this connection; DuckDB has no server."""
        if self._db.dialect.name != "postgres":
            return
        from psycopg2.extensions import make_dsn

        from tests.support.postgres.server_sessions import end_sessions

        native = self._db.native
        url = make_dsn(native.dsn, password=native.info.password)
        end_sessions(url, f"SELECT {native.info.backend_pid}")


class InjectingWarehouse:
    """A warehouse whose sessions count their statements."""

    def __init__(self, inner: Warehouse, points: InjectionPoints) -> None:
        self._inner, self._points = inner, points

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self._inner.session() as session:
            if not isinstance(session.db, InjectingDatabase):
                session.db = InjectingDatabase(session.db, self._points)  # type: ignore[assignment]
            yield session


class InjectingSync(AccountSync):
    """A sync whose steps are counted: ``landing``, ``apply``, ``record``; every slice lands through dlt."""

    small_batch_rows = 0

    points = InjectionPoints()

    def _land(self, part: LoadBatch) -> str:
        if not part:
            return super()._land(part)
        self.points.at("step", "before", "landing")
        load_id = super()._land(part)
        self.points.at("step", "after", "landing")
        return load_id


class InjectingLoader(ApplyLoader):
    """A loader whose steps are counted."""

    points = InjectionPoints()

    def load(self, session: Any, batch: LoadBatch, outcome: Outcome, load_id: str, *, finished: bool) -> None:
        self.points.at("step", "before", "apply")
        super().load(session, batch, outcome, load_id, finished=finished)
        self.points.at("step", "after", "apply")

    def end(self, session: Any) -> None:
        self.points.at("step", "before", "record")
        super().end(session)
        self.points.at("step", "after", "record")


def injecting_loader(points: InjectionPoints) -> Callable[[AccountRun], InjectingLoader]:
    """Makes loaders whose steps count in ``points``."""

    def open_loader(run: AccountRun) -> InjectingLoader:
        loader = InjectingLoader(run)
        loader.points = points
        return loader

    return open_loader


class DirectSync(InjectingSync):
    """A sync that lands every slice with plain SQL: a tenth of dlt's time, for tests of hundreds of syncs."""

    small_batch_rows = sys.maxsize


def watch_files(points: InjectionPoints, folder: str) -> None:
    """Count what this process does to files below ``folder``, for as long as it lives."""

    def heard(event: str, args: tuple[Any, ...]) -> None:
        if event in _FILE_EVENTS and args and str(args[0]).startswith(folder):
            points.at("file", "before", event)

    sys.addaudithook(heard)
