"""An open warehouse, and rows landed in it as a load would have left them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.drivers.sql import literal, names, quote
from fieldhouse.warehouse.session import Session

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
LANDING = "bossdesk__landing"


@pytest.fixture
def session(warehouse_url: str) -> Iterator[Session]:
    """An open warehouse with the schema `bossdesk`, on each database."""
    with open_warehouse(warehouse_url).session() as opened:
        opened.prepare("bossdesk")
        yield opened


def land(session: Session, table: str, types: Mapping[str, str], rows: list[tuple[Any, ...]]) -> None:
    """Puts rows into a landing table made anew, with columns of the given logical types."""
    kinds = session.db.dialect.types
    ref = f"{quote(LANDING)}.{quote(table)}"
    session.db.create_landing(LANDING)
    session.db.execute(f"DROP TABLE IF EXISTS {ref}")
    session.db.execute(
        f"CREATE TABLE {ref} ({', '.join(f'{quote(c)} {kinds[k]}' for c, k in types.items())})"
    )
    for row in rows:
        session.db.execute(f"INSERT INTO {ref} ({names(types)}) VALUES ({', '.join(map(literal, row))})")
