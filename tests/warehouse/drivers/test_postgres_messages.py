"""Why a load into Postgres broke off: the server's own reason is shown, without a row's data."""

from __future__ import annotations

from pathlib import Path

import adbc_driver_manager
import pyarrow as pa
import pytest

from fieldhouse.sources.engine.load.dlt_load import LARGE, load
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.drivers.postgres import translated
from fieldhouse.warehouse.errors import WarehouseUnreachable
from tests.support.postgres.postgres_proxy import proxy_to


def test_a_large_load_that_breaks_off_says_why(postgres_url: str, tmp_path: Path) -> None:
    """Rows that land through ADBC: the line is cut in their midst, or the server gives up."""
    text = pa.array(["x" * 100] * LARGE)
    large = pa.table({"id": pa.array(range(LARGE)), "text": text})

    def landed(url: str, folder: str) -> str:
        with open_warehouse(url).exclusive() as address:
            return load(
                "bossdesk",
                {"t": [large]},
                destination="postgres",
                few_rows_format="insert_values",
                session_settings="",
                credentials=str(address),
                landing=f"bossdesk__landing_{folder}",
                working_dir=str(tmp_path / folder),
            )

    with proxy_to(postgres_url) as line:
        assert landed(line.url, "whole")
        line.arm(line.sent // 2, stays_dead=True)
        with pytest.raises(WarehouseUnreachable, match="closed the connection"):
            landed(line.url, "cut")


@pytest.mark.parametrize(
    ("code", "what", "expected"),
    [
        ("57014", "canceling statement due to statement timeout", "statement timeout"),
        ("53100", "could not extend file: No space left on device", "the server's disk is full"),
        ("25006", "cannot execute COPY in a read-only transaction", "takes no writes now"),
        ("XX999", "a code that nobody knows", "nobody knows"),
        (None, "server closed the connection unexpectedly", "closed the connection"),
    ],
)
def test_what_the_server_says_through_adbc_is_shown(code: str | None, what: str, expected: str) -> None:
    text = f"IO: [libpq] Failed to execute COPY statement: PGRES_FATAL_ERROR ERROR:  {what}\nCONTEXT:  a row"
    error = adbc_driver_manager.OperationalError(
        text, status_code=adbc_driver_manager.AdbcStatusCode.IO, sqlstate=code
    )
    meant = translated(error)
    assert isinstance(meant, WarehouseUnreachable)
    assert expected in str(meant)
    assert "CONTEXT" not in str(meant)
