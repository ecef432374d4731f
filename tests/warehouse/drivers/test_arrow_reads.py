"""Rows as Arrow tables: one statement for several tables gives what one for each gives."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa

from fieldhouse.warehouse.session import KnownRequest, Session

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
VALUES = {
    "id": [1, 2, 3, 4],
    "text": ['a "quoted", text\nwith a line', "", None, "t"],
    "double": [0.1 + 0.2, -1e300, None, float("inf")],
    "decimal": pa.array(
        [Decimal("0.000000001"), Decimal("-12345678901234567890.5"), None, Decimal(0)], pa.decimal128(38, 9)
    ),
    "boolean": [True, False, None, True],
    "date": [date(1970, 1, 1), date(9999, 12, 31), None, date(1, 1, 1)],
    "timestamp": [NOW, datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC), None, NOW],
    "_row_hash": [-(2**63), 2**63 - 1, 0, 1],
    "_deleted_at": [None, NOW, None, None],
}


def test_several_tables_at_once_are_what_each_is_alone(session: Session) -> None:
    columns = pa.table(VALUES)
    times = [
        pa.timestamp("us", tz="UTC") if pa.types.is_timestamp(kind) else kind for kind in columns.schema.types
    ]
    rows = columns.cast(pa.schema(list(zip(columns.column_names, times, strict=True))))
    session.land("bossdesk__landing", {"all": [rows], "few": [rows.select(["id", "_row_hash"])]})
    session.land("bossdesk__landing", {"none": [rows.slice(0, 0)]})
    stored = session.catalogue("bossdesk__landing")
    extra = [name for name in VALUES if name not in ("id", "_row_hash", "_deleted_at")]
    requests = [
        KnownRequest("all", ["id"], extra, stored["all"]),
        KnownRequest("none", ["id"], ["text"], stored["none"]),
        KnownRequest("few", ["id"], [], stored["few"]),
    ]
    answers = session.known_in_all("bossdesk__landing", requests)
    for request, answer in zip(requests, answers, strict=True):
        alone = session.known("bossdesk__landing", request.table, request.key, extra=request.extra)
        assert answer.schema == alone.schema
        assert answer.sort_by("id") == alone.sort_by("id")
    assert answers[0].sort_by("id").to_pydict()["text"] == VALUES["text"]
    assert session.known_in_all("bossdesk__landing", []) == []
