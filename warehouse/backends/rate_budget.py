"""Rate budgets that several machines share through a Postgres warehouse.

What was granted stands in the schema `fieldhouse`: one row per limit with its last grant, and a ring of the times of
its grants. One statement per grant reads and writes them under a lock of the budget, by the server's clock: the
clocks of the machines do not matter, and a machine that dies has at most one grant more than it used.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from fieldhouse.warehouse.drivers.sql import literal
from fieldhouse.warehouse.errors import WarehouseError, WarehouseUnreachable
from fieldhouse.warehouse.session import translating

if TYPE_CHECKING:
    from fieldhouse.warehouse.drivers.postgres import PostgresDatabase

SCHEMA = "fieldhouse"
_ATTEMPTS = 2
_LONGEST_WAIT = 120
"""Seconds that a request may wait for its grant; a process with less patience must not doubt the grants of others."""
_TABLES = f"""
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('fieldhouse budgets'));
CREATE SCHEMA IF NOT EXISTS {SCHEMA};
CREATE TABLE IF NOT EXISTS {SCHEMA}.budgets (
    budget text, requests bigint, seconds double precision, used bigint NOT NULL, last_at double precision NOT NULL,
    PRIMARY KEY (budget, requests, seconds)
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS {SCHEMA}.grants (
    budget text, requests bigint, seconds double precision, slot bigint, at double precision NOT NULL,
    PRIMARY KEY (budget, requests, seconds, slot)
) WITH (fillfactor = 50);
COMMIT
"""
_GRANT = f"""
CREATE OR REPLACE FUNCTION pg_temp.fieldhouse_grant(
    of text, requests_ bigint[], seconds_ double precision[], spacing double precision[],
    span double precision[], patience double precision
) RETURNS double precision LANGUAGE plpgsql AS $body$
DECLARE
    present double precision;
    granted double precision;
    grant_row record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('fieldhouse budget ' || of, 0));
    present := extract(epoch FROM clock_timestamp());
    granted := present;
    -- the server's clock was ahead: what lies further than any wait counts as granted now
    UPDATE {SCHEMA}.budgets SET last_at = present
    WHERE budget = of AND last_at > present + greatest(patience, {_LONGEST_WAIT});
    IF FOUND THEN
        UPDATE {SCHEMA}.grants SET at = present
        WHERE budget = of AND at > present + greatest(patience, {_LONGEST_WAIT});
    END IF;
    FOR n IN 1 .. cardinality(requests_) LOOP
        SELECT b.last_at, g.at AS oldest INTO grant_row
        FROM {SCHEMA}.budgets AS b
        LEFT JOIN {SCHEMA}.grants AS g
            ON (g.budget, g.requests, g.seconds, g.slot) = (b.budget, b.requests, b.seconds, b.used % b.requests)
        WHERE (b.budget, b.requests, b.seconds) = (of, requests_[n], seconds_[n]);
        granted := greatest(granted, grant_row.last_at + spacing[n], grant_row.oldest + span[n]);
    END LOOP;
    IF granted - present > patience THEN
        RETURN granted - present;
    END IF;
    FOR n IN 1 .. cardinality(requests_) LOOP
        INSERT INTO {SCHEMA}.budgets AS b VALUES (of, requests_[n], seconds_[n], 1, granted)
        ON CONFLICT (budget, requests, seconds) DO UPDATE SET used = b.used + 1, last_at = granted
        RETURNING (b.used - 1) % b.requests AS slot INTO grant_row;
        INSERT INTO {SCHEMA}.grants AS g VALUES (of, requests_[n], seconds_[n], grant_row.slot, granted)
        ON CONFLICT (budget, requests, seconds, slot) DO UPDATE SET at = granted;
    END LOOP;
    RETURN granted - present;
END $body$
"""


class RateLimit(Protocol):
    """A limit: so many requests in so many seconds, and the distances between grants that keep it."""

    @property
    def requests(self) -> int:
        """How many."""

    @property
    def seconds(self) -> float:
        """In how long a time."""

    @property
    def spacing(self) -> float:
        """Seconds between two grants."""

    @property
    def window(self) -> float:
        """Seconds between a grant and the one that is `requests` later."""


class Budgets:
    """The shared budgets, over a connection of its own that is opened with the first grant. Safe for many threads."""

    def __init__(self, connect: Callable[[], PostgresDatabase]) -> None:
        self._connect = connect
        self._db: PostgresDatabase | None = None
        self._lock = threading.Lock()

    def reserve(self, budget: str, limits: Sequence[RateLimit], patience: float) -> float:
        """Seconds until the next request may be sent; it counts as sent, unless they are more than `patience`.

        Raises WarehouseUnreachable, WarehouseSettingsError.
        """
        arguments = [
            literal(budget),
            _array([limit.requests for limit in limits], "bigint"),
            _array([limit.seconds for limit in limits]),
            _array([limit.spacing for limit in limits]),
            _array([limit.window for limit in limits]),
            literal(float(patience)),
        ]
        sql = f"SELECT pg_temp.fieldhouse_grant({', '.join(arguments)})"
        with self._lock:
            for attempt in range(_ATTEMPTS):
                try:
                    return self._reserve(sql)
                except WarehouseError as error:
                    self._disconnect()
                    if attempt == _ATTEMPTS - 1 or not isinstance(error, WarehouseUnreachable):
                        raise
        raise AssertionError("the last attempt returns or raises")

    def close(self) -> None:
        """Ends the connection."""
        with self._lock:
            self._disconnect()

    def _reserve(self, sql: str) -> float:
        if self._db is None:
            self._db = self._connect()
            with translating(self._db):
                self._db.execute(_TABLES)
                self._db.execute(_GRANT)
        with translating(self._db):
            return float(self._db.fetch(sql)[0][0])

    def _disconnect(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            db.close()


def _array(values: Sequence[float], kind: str = "double precision") -> str:
    return f"CAST(ARRAY[{', '.join(map(str, values))}] AS {kind}[])"
