"""Group E34: what databases, roles, poolers, the environment and lock files do to a session: nothing, or exit 2."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from fieldhouse.warehouse.backends.locks import WaitPolicy
from fieldhouse.warehouse.connect import backend_of, open_warehouse
from tests.faults.case import Case
from tests.faults.fault_bench import FaultBench, describe_report
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.groups.wire import id_of, text_field
from tests.faults.process_environment import environment_with
from tests.faults.small_worlds import SMALL_WORLDS
from tests.faults.warehouses import FILES, execute, warehouse_of
from tests.support.postgres.pgbouncer import pgbouncer
from tests.support.postgres.postgres_server import fresh_database
from tests.support.postgres.server_sessions import LOCK_HOLDERS

TEXT = "Zürich — “ok” € 👩‍🔧"
_DATABASE = {
    "client-encoding": "client_encoding = 'LATIN1'",
    "search-path": "search_path = public",
    "escapes": "standard_conforming_strings = off",
    "dates": "DateStyle = 'German, DMY'",
    "intervals": "IntervalStyle = 'iso_8601'",
    "zone": "TimeZone = 'Asia/Kolkata'",
    "isolation": "default_transaction_isolation = 'serializable'",
    "idle-in-transaction": "idle_in_transaction_session_timeout = 1",
    "nulls": "transform_null_equals = on",
    "float-digits": "extra_float_digits = -5",
    "bytes": "bytea_output = 'escape'",
    "joins": "enable_hashjoin = off",
}
"""What the owner of a database may set for its sessions."""
_ENVIRONMENT = {
    "encoding": {"PGCLIENTENCODING": "LATIN1"},
    "windows-encoding": {"PGCLIENTENCODING": "WIN1252"},
    "options": {"PGOPTIONS": "-c search_path=public -c DateStyle=German"},
    "zone": {"PGTZ": "Asia/Kolkata", "PGDATESTYLE": "German"},
    "other-server": {"PGHOST": "192.0.2.1", "PGPORT": "1", "PGUSER": "nobody", "PGDATABASE": "other"},
}
_OPERATORS = (("information_schema.sql_identifier", "name"), ("name", "varchar"), ("oid", "regclass"))


def cases(seed: int) -> Iterator[Case]:
    for vendor in known(SMALL_WORLDS):
        postgres: dict[str, Callable[..., None]] = {
            "address-encoding": partial(_address, "client_encoding=latin1"),
            "address-options": partial(_address, "options=-csearch_path%3Dpublic"),
            "read-only": partial(_refused_writes, "default_transaction_read_only = on"),
            "statement-timeout": partial(_refused_writes, "statement_timeout = 1"),
            "hostile-operators": _hostile_operators,
            "pooler-session": partial(_pooler, "session"),
            "pooler-transaction": partial(_pooler, "transaction"),
            "database-LATIN1": partial(_encoded, "LATIN1"),
            "database-SQL_ASCII": partial(_encoded, "SQL_ASCII"),
            **{f"database-{name}": partial(_database, value) for name, value in _DATABASE.items()},
            **{f"environment-{name}": partial(_environment, value) for name, value in _ENVIRONMENT.items()},
        }
        for name, run in postgres.items():
            yield Case(
                "E34", f"{vendor}-postgres-{name}", partial(_on_postgres, run, vendor, seed), ("postgres",)
            )
        files: dict[str, Callable[..., None]] = {
            "lock-is-a-link": _linked_lock,
            "lock-is-a-folder": _lock_folder,
            "foreign-note": _foreign_note,
            **{
                f"no-locks-{errno.errorcode[number]}": partial(_no_locks, number)
                for number in (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)
            },
        }
        for name, run in files.items():
            yield Case("E34", f"{vendor}-duckdb-{name}", partial(_on_files, run, vendor, seed), FILES)


# --- Postgres --------------------------------------------------------------------------------------------------------


def _on_postgres(
    run: Callable[[FaultBenches, FaultBench], None], vendor: str, seed: int, benches: FaultBenches
) -> None:
    with benches.bench(vendor, "postgres", seed) as bench:
        _write_text(bench)
        run(benches, bench)


def _write_text(bench: FaultBench) -> None:
    """People work with the vendor, and one writes a text that no encoding of one byte has."""
    bench.edit(4)
    row = bench.truth()[bench.small_world.main][0]
    field = text_field(bench.sandbox, bench.small_world.main)
    bench.sandbox.change(bench.small_world.main, id_of(row), **{field: TEXT})


def _at(bench: FaultBench, url: str) -> None:
    bench.url, bench.warehouse = url, open_warehouse(url, lock_wait=20)


def _address(parameters: str, benches: FaultBenches, bench: FaultBench) -> None:
    plain = bench.url
    _at(bench, f"{plain}?{parameters}")
    bench.synced(sweep=True)
    _at(bench, plain)
    bench.judge()
    bench.healed()


def _database(setting: str, benches: FaultBenches, bench: FaultBench) -> None:
    execute(bench.url, f"ALTER DATABASE {_name(bench.url)} SET {setting}")
    bench.synced(sweep=True)
    execute(bench.url, f"ALTER DATABASE {_name(bench.url)} RESET ALL")
    bench.judge()
    bench.healed()


def _environment(variables: dict[str, str], benches: FaultBenches, bench: FaultBench) -> None:
    with environment_with(**variables):
        bench.synced(sweep=True)
    bench.judge()
    bench.healed()


def _refused_writes(setting: str, benches: FaultBenches, bench: FaultBench) -> None:
    """A session that may not write, or has no time: right data, or an error, and nothing by halves."""
    execute(bench.url, f"ALTER DATABASE {_name(bench.url)} SET {setting}")
    report = bench.sync(sweep=True)
    assert report.exit_code in (0, 2, 3), describe_report(report)
    elsewhere = urlunsplit(urlsplit(bench.url)._replace(path="/postgres"))
    execute(elsewhere, f"ALTER DATABASE {_name(bench.url)} RESET ALL")
    if report.exit_code == 0:
        bench.judge()
    bench.healed()


def _name(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


def _hostile_operators(benches: FaultBenches, bench: FaultBench) -> None:
    """Another role has operators that fit our statements better than Postgres' own: none is ever called."""
    role = f"other_{_name(bench.url)}"
    execute(bench.url, f"CREATE ROLE {role}")
    try:
        functions = "".join(
            f"CREATE FUNCTION public.mine(a {left}, b {right}) RETURNS boolean LANGUAGE plpgsql AS"
            " $$ BEGIN INSERT INTO public.seen VALUES (current_user);"
            " RETURN a::text OPERATOR(pg_catalog.=) b::text; END $$;"
            f"CREATE OPERATOR public.= (LEFTARG = {left}, RIGHTARG = {right}, FUNCTION = public.mine);"
            for left, right in _OPERATORS
        )
        execute(
            bench.url,
            f"GRANT CREATE, USAGE ON SCHEMA public TO {role}; SET ROLE {role}; CREATE TABLE public.seen (who name);"
            f"GRANT ALL ON public.seen TO public; {functions} RESET ROLE",
        )
        bench.synced(sweep=True)
        bench.judge()
        bench.healed()
        assert execute(bench.url, "SELECT * FROM public.seen") == []
    finally:
        execute(bench.url, f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")


def _pooler(mode: str, benches: FaultBenches, bench: FaultBench) -> None:
    """A pooler in session mode is as good as the server; in transaction mode it cannot hold a lock, exit 2."""
    plain, asked = bench.url, len(bench.sandbox.log)
    with pgbouncer(plain, mode) as url:
        _at(bench, url)
        report = bench.sync(sweep=True)
    _at(bench, plain)
    assert execute(plain, LOCK_HOLDERS) == [] or mode == "session"
    if mode == "session":
        assert report.exit_code == 0, describe_report(report)
        bench.judge()
    else:
        assert report.exit_code == 2, describe_report(report)
        assert "transaction mode" in describe_report(report)
        assert len(bench.sandbox.log) == asked, "the vendor was asked"
    bench.healed()


def _encoded(encoding: str, benches: FaultBenches, bench: FaultBench) -> None:
    """A database in another encoding: equal tables where every text fits, else exit 2 before the first request."""
    plain, asked = bench.url, len(bench.sandbox.log)
    options = f"TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
    with fresh_database(plain, f"{_name(plain)}_encoded", options) as url:
        _at(bench, url)
        report = bench.sync(sweep=True)
        if encoding == "SQL_ASCII":
            assert report.exit_code == 0, describe_report(report)
            bench.url = f"{url}?client_encoding=UTF8"  # for the test's own look at it
            bench.judge()
        else:
            assert report.exit_code == 2, describe_report(report)
            assert encoding in describe_report(report)
            assert len(bench.sandbox.log) == asked, "the vendor was asked"
    _at(bench, plain)
    bench.healed()


# --- files -----------------------------------------------------------------------------------------------------------


def _on_files(run: Callable[[FaultBench], None], vendor: str, seed: int, benches: FaultBenches) -> None:
    with benches.bench(vendor, seed=seed) as bench:
        _write_text(bench)
        run(bench)


def _lock_of(bench: FaultBench) -> Path:
    return bench.folder / f"{warehouse_of(bench.url).file}.{bench.sandbox.name}.lock"


@contextmanager
def _nothing_changes(bench: FaultBench) -> Iterator[None]:
    before = bench.untouched()
    yield
    assert bench.untouched() == before


def _linked_lock(bench: FaultBench) -> None:
    precious = bench.folder / "precious"
    precious.write_text("precious")
    _lock_of(bench).unlink(missing_ok=True)
    _lock_of(bench).symlink_to(precious)
    with _nothing_changes(bench):
        report = bench.sync(sweep=True)
    assert report.exit_code == 2, describe_report(report)
    assert _lock_of(bench).name in describe_report(report)
    assert precious.read_text() == "precious"
    _lock_of(bench).unlink()
    bench.healed()


def _lock_folder(bench: FaultBench) -> None:
    _lock_of(bench).unlink(missing_ok=True)
    _lock_of(bench).mkdir()
    with _nothing_changes(bench):
        report = bench.sync(sweep=True)
    assert report.exit_code == 2, describe_report(report)
    _lock_of(bench).rmdir()
    bench.healed()


def _foreign_note(bench: FaultBench) -> None:
    """The lock is held, and its note is not ours: busy, exit 3; then it is free, and the note does not matter."""
    with ExitStack() as stack:
        stack.enter_context(bench.warehouse.account_lock(bench.sandbox.name, "process 1"))
        _lock_of(bench).write_bytes(b'{"x": []}')
        bench.warehouse = open_warehouse(bench.url, lock_wait=0)
        report = bench.sync(sweep=True)
        assert report.exit_code == 3, describe_report(report)
        assert "another process" in describe_report(report)
    _lock_of(bench).write_bytes(b"\xff[")
    bench.warehouse = open_warehouse(bench.url, lock_wait=20)
    bench.healed()


def _no_locks(number: int, bench: FaultBench) -> None:
    """A file system without locks, as some of networks are."""

    def refuse(descriptor: int, how: int) -> None:
        raise OSError(number, os.strerror(number))

    usual, asked = bench.warehouse, len(bench.sandbox.log)
    bench.warehouse = backend_of(bench.url).from_url(bench.url, WaitPolicy(flock=refuse))
    with _nothing_changes(bench):
        report = bench.sync(sweep=True)
    assert report.exit_code == 2, describe_report(report)
    assert "locks are not supported here" in describe_report(report)
    assert len(bench.sandbox.log) == asked, "the vendor was asked"
    bench.warehouse = usual
    bench.healed()
