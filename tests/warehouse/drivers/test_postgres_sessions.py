"""What roles, databases, the environment, the address and poolers can do to a session: nothing, or exit 2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pyarrow as pa
import pytest

from fieldhouse.sources.engine.load.dlt_load import LARGE, load, working_folder
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.errors import WarehouseSettingsError
from fieldhouse.warehouse.session import landing_schema
from tests.support.postgres.pgbouncer import pgbouncer
from tests.support.postgres.postgres_server import fresh_database
from tests.support.postgres.server_sessions import LOCK_HOLDERS
from tests.support.sync_harness import open_harness

pytestmark = pytest.mark.postgres
TEXT = "Zürich — “ok” €"
HOSTILE = """
GRANT CREATE ON SCHEMA public TO other; SET ROLE other;
CREATE TABLE public.seen (who name, what text); GRANT ALL ON public.seen TO public;
{functions}
RESET ROLE"""
_OPERATOR = """
CREATE FUNCTION public.mine(a {left}, b {right}) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO public.seen VALUES (current_user, current_query());
    RETURN a::text OPERATOR(pg_catalog.=) b::text; END $$;
CREATE OPERATOR public.= (LEFTARG = {left}, RIGHTARG = {right}, FUNCTION = public.mine);"""
_PAIRS = (
    ("information_schema.sql_identifier", "name"),
    ("information_schema.sql_identifier", "information_schema.sql_identifier"),
    ("information_schema.sql_identifier", "text"),
    ("name", "varchar"),
    ("oid", "regclass"),
)


def run_sql(url: str, *statements: str) -> list[tuple[object, ...]]:
    """The rows of the last statement, as the server's superuser with a client in UTF8."""
    connection = psycopg2.connect(url, client_encoding="UTF8")
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


@contextmanager
def role(url: str, name: str, options: str = "LOGIN") -> Iterator[str]:
    """A role for the block."""
    run_sql(url, f"DROP ROLE IF EXISTS {name}", f"CREATE ROLE {name} {options} PASSWORD 'secret'")
    try:
        yield name
    finally:
        run_sql(url, f"DROP OWNED BY {name} CASCADE", f"DROP ROLE {name}")


def land_and_read(url: str) -> str:
    """A text that went through each of our own ways: COPY in both directions, and literals."""
    with open_warehouse(url).session() as session:
        session.prepare("notific")
        session.land("notific__landing", {"t": [pa.table({"id": [1], "text": [TEXT]})]})
        session.record("notific", [{"table_name": TEXT}])
        (name,) = {name for (name,) in session.fetch("SELECT table_name FROM notific._syncs")}
        rows = session.rows("notific__landing", "t", ["text"]).to_pylist()
        assert (name, rows) == (TEXT, [{"text": TEXT}])
    return str(run_sql(url, 'SELECT text FROM notific__landing."t"')[0][0])


def test_another_roles_operators_are_never_called(postgres_url: str, tmp_path: Path) -> None:
    with role(postgres_url, "other"):
        functions = "".join(_OPERATOR.format(left=left, right=right) for left, right in _PAIRS)
        run_sql(postgres_url, HOSTILE.format(functions=functions))
        with open_harness(NotificSandbox(size=0.05, edge_cases=True), postgres_url, tmp_path) as at:
            assert at.sync().exit_code == 0
            assert at.sync(sweep=True).exit_code == 0
        assert run_sql(postgres_url, "SELECT * FROM public.seen") == []
        with open_warehouse(postgres_url).read_only("dashboard") as queries:
            queries.fetch("SELECT table_name FROM information_schema.tables WHERE table_schema = 'notific'")
        assert run_sql(postgres_url, "SELECT * FROM public.seen") == []
        with working_folder() as folder, open_warehouse(postgres_url).exclusive() as credentials:
            for number, rows in enumerate((10, LARGE)):
                load_by_dlt(str(credentials), folder, f"notific__landing_{number}", rows)
        assert run_sql(postgres_url, "SELECT * FROM public.seen") == []
        run_sql(postgres_url, "DROP TABLE public.seen")


def load_by_dlt(credentials: str, folder: str, landing: str, rows: int) -> None:
    warehouse = open_warehouse(credentials)
    load(
        "notific",
        {"tickets": [pa.table({"id": list(range(rows)), "text": [TEXT] * rows})]},
        destination=warehouse.dialect.name,
        few_rows_format=warehouse.dialect.small_load_format,
        session_settings=warehouse.dialect.session_settings,
        credentials=credentials,
        landing=landing,
        working_dir=f"{folder}/{landing}",
    )


@pytest.mark.parametrize("setting", ["environment", "address", "role", "database", "windows"])
def test_no_client_encoding_damages_a_text(
    setting: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, name = postgres_url, urlsplit(postgres_url).path.lstrip("/")
    match setting:
        case "environment":
            monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
        case "windows":
            monkeypatch.setenv("PGCLIENTENCODING", "WIN1252")
        case "address":
            url += "?client_encoding=latin1"
        case "role":
            run_sql(postgres_url, f"ALTER ROLE postgres IN DATABASE {name} SET client_encoding = 'LATIN1'")
        case "database":
            run_sql(postgres_url, f"ALTER DATABASE {name} SET client_encoding = 'LATIN1'")
    assert land_and_read(url) == TEXT
    with working_folder() as folder, open_warehouse(url).exclusive() as credentials:
        for number, rows in enumerate((10, LARGE)):
            load_by_dlt(str(credentials), folder, f"notific__landing_{number}", rows)
            sql = f"SELECT DISTINCT text FROM notific__landing_{number}.tickets"
            assert run_sql(postgres_url, sql) == [(TEXT,)]


@pytest.mark.parametrize(
    ("encoding", "is_refused"), [("LATIN1", True), ("WIN1252", True), ("SQL_ASCII", False)]
)
def test_a_database_that_cannot_store_every_text_is_refused(
    encoding: str, is_refused: bool, postgres_server: str
) -> None:
    options = f"TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
    with fresh_database(postgres_server, f"encoded_{encoding.lower()}", options) as url:
        if not is_refused:
            assert land_and_read(url) == TEXT
            return
        with pytest.raises(WarehouseSettingsError, match=f"encoding {encoding}.*expected UTF8"):
            land_and_read(url)


def test_settings_of_a_role_change_nothing(postgres_url: str) -> None:
    name = urlsplit(postgres_url).path.lstrip("/")
    settings = {
        "search_path": "public",
        "standard_conforming_strings": "off",
        "DateStyle": "'German, DMY'",
        "IntervalStyle": "'iso_8601'",
        "TimeZone": "'Asia/Kolkata'",
        "default_transaction_isolation": "'serializable'",
        "idle_in_transaction_session_timeout": "1",
        "transform_null_equals": "on",
        "extra_float_digits": "-5",
    }
    run_sql(postgres_url, *(f"ALTER DATABASE {name} SET {key} = {value}" for key, value in settings.items()))
    try:
        assert land_and_read(postgres_url) == TEXT
        with open_warehouse(postgres_url).session() as session:
            shown = {key: session.fetch(f"SHOW {key}")[0][0] for key in settings}
            assert session.fetch(r"SELECT '\n', 0.1::float8 + 0.2::float8") == [(r"\n", 0.1 + 0.2)]
        with open_warehouse(postgres_url).read_only("dashboard") as queries:
            assert queries.fetch("SHOW search_path")[1] == (("pg_catalog, pg_temp",),)
            assert queries.fetch("SHOW TimeZone")[1] == (("UTC",),)
    finally:
        run_sql(postgres_url, f"ALTER DATABASE {name} RESET ALL")
    assert shown["search_path"] == "pg_catalog, pg_temp"
    assert shown["TimeZone"] == "UTC"
    assert shown["idle_in_transaction_session_timeout"] == "0"


def test_a_pooler_in_transaction_mode_is_refused_and_leaves_no_lock(postgres_url: str) -> None:
    with pgbouncer(postgres_url, "transaction") as url:
        for _ in range(2):
            with (
                pytest.raises(WarehouseSettingsError, match=r"transaction mode.*session mode"),
                open_warehouse(url).account_lock("notific", "process 1"),
            ):
                pass
        assert run_sql(postgres_url, LOCK_HOLDERS) == []


def test_a_pooler_in_session_mode_holds_the_lock(postgres_url: str) -> None:
    with pgbouncer(postgres_url, "session") as url:
        for _ in range(2):
            warehouse = open_warehouse(url)
            with warehouse.account_lock("notific", "process 1"), warehouse.session() as session:
                session.prepare("notific")
        with open_warehouse(postgres_url).account_lock("notific", "process 2"):
            pass


@pytest.mark.parametrize("lands_with_dlt", [False, True], ids=["few rows", "as many rows as dlt lands"])
def test_a_sync_through_a_pooler_in_session_mode_is_equal(
    lands_with_dlt: bool, postgres_url: str, tmp_path: Path
) -> None:
    with (
        pgbouncer(postgres_url, "session") as url,
        open_harness(NotificSandbox(size=0.1), url, tmp_path) as made,
    ):
        for _ in range(2):
            report = made.sync(sweep=True, lands_with_dlt=lands_with_dlt)
            assert report.exit_code == 0
        assert made.differences() == []
    with open_harness(made.sandbox, postgres_url, tmp_path) as direct:
        assert direct.sync().exit_code == 0


@pytest.mark.parametrize("length", [40, 45, 46, 54, 55, 58, 62, 63, 64, 80])
def test_a_long_schema_name_is_held_or_refused_and_nothing_else_is_dropped(
    length: int, postgres_url: str
) -> None:
    schema = ("notific_" + "customer_support_europe_middle_east_and_africa_production_accounts_" * 2)[:length]
    kept = schema[:63]
    run_sql(
        postgres_url,
        f'CREATE SCHEMA "{kept}"',
        f'CREATE TABLE "{kept}".mine AS SELECT 1 AS precious',
        f'CREATE VIEW public.report AS SELECT * FROM "{kept}".mine',
        f'CREATE SCHEMA "{schema[:40]}__landing_of_another"',
    )
    warehouse = open_warehouse(postgres_url)
    if length > 63:
        with (
            pytest.raises(WarehouseSettingsError, match=f"{length} bytes.*at most 63"),
            warehouse.account_lock(schema, "process 1"),
        ):
            pass
    else:
        with warehouse.account_lock(schema, "process 1"), warehouse.session() as session:
            session.prepare(schema)
            killed = landing_schema(schema, "0123abcd")
            session.land(killed, {"tickets": [pa.table({"id": [1]})]})
            session.drop_landings(schema)
            landing = landing_schema(schema, "89abcdef")
            session.land(landing, {"tickets": [pa.table({"id": [2]})]})
            assert session.fetch(f'SELECT id FROM "{landing}".tickets') == [(2,)]
            assert killed not in session.db.schemas()
            session.drop_landing(landing)
            assert "_syncs" in session.catalogue(schema)
    sql = "SELECT count(*) FROM public.report, pg_namespace WHERE nspname LIKE '%landing_of_another'"
    assert run_sql(postgres_url, sql) == [(1,)]


def test_dbt_and_dlt_get_an_address_with_the_same_settings(postgres_url: str, tmp_path: Path) -> None:
    warehouse = open_warehouse(f"{postgres_url}?options=-cwork_mem%3D1MB&client_encoding=latin1")
    profile = warehouse.dbt_profile(tmp_path)
    assert profile["PGCLIENTENCODING"] == "UTF8"
    assert profile["PGOPTIONS"].startswith("-cwork_mem=1MB -csearch_path=pg_catalog,pg_temp")
    with warehouse.exclusive() as address:
        connection = psycopg2.connect(str(address))
        with connection.cursor() as cursor:
            shown = []
            for name in ("search_path", "client_encoding", "work_mem"):
                cursor.execute(f"SHOW {name}")
                shown.append(cursor.fetchone()[0])
        connection.close()
    assert shown == ["pg_catalog,pg_temp", "UTF8", "1MB"]
    with_options = urlunsplit(urlsplit(postgres_url)._replace(query=""))
    connection = psycopg2.connect(with_options, options=profile["PGOPTIONS"])
    with connection.cursor() as cursor:
        cursor.execute("SHOW default_transaction_isolation")
        assert cursor.fetchone() == ("read committed",)
    connection.close()
