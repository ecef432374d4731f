"""A table that the warehouse refuses fails alone: the others are complete, and its cursor stays."""

from pathlib import Path

import psycopg2
import pytest

from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from tests.support.sync_harness import open_harness

pytestmark = pytest.mark.postgres
REFUSING = """
CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT 1 FROM pg_event_trigger_ddl_commands() AS c
               WHERE c.schema_name LIKE '%landing%' AND c.object_identity LIKE '%.{table}') THEN
        RAISE EXCEPTION 'not this table'; END IF; END $$;
CREATE EVENT TRIGGER refuse ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.refuse()"""


@pytest.mark.parametrize(("refused", "table"), [("users", "users"), ("tickets__comments", "tickets")])
def test_a_table_whose_landing_is_refused_fails_alone(
    refused: str, table: str, postgres_url: str, tmp_path: Path
) -> None:
    connection = psycopg2.connect(postgres_url)
    connection.autocommit = True
    with (
        open_harness(BossDeskSandbox(size=0.05, edge_cases=True), postgres_url, tmp_path) as at,
        connection.cursor() as cursor,
    ):
        cursor.execute(REFUSING.format(table=refused))
        report = at.sync("users", "groups", "tickets")
        failed = {outcome.table for outcome in report.outcomes if outcome.error is not None}
        assert failed == {table}
        assert at.differences(*({"users", "groups", "tickets"} - failed)) == []
        with at.warehouse.session() as session:
            assert not session.states("bossdesk").get(table, {}).get("cursor")
        cursor.execute("DROP EVENT TRIGGER refuse")
        assert at.sync("users", "groups", "tickets").exit_code == 0
        assert at.differences("users", "groups", "tickets") == []
    connection.close()
