"""Sessions of a Postgres server: ended for good, in every supported version."""

from __future__ import annotations

import time
from contextlib import closing

import psycopg2

LOCK_HOLDERS = (
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
"""The sessions that have an advisory lock in the current database."""


def end_sessions(url: str, pids: str, seconds: float = 5.0) -> int:
    """End the sessions whose numbers the query ``pids`` selects; how many there were.

    Returns when the server has no such session any more, and so none of their locks. Postgres 13 cannot wait by
    itself: ``pg_terminate_backend`` has its second argument since 14.
    """
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(pids)
        numbers = [pid for (pid,) in cursor.fetchall()]
        for number in numbers:
            cursor.execute("SELECT pg_terminate_backend(%s)", (number,))
        deadline = time.monotonic() + seconds
        while numbers and time.monotonic() < deadline:
            cursor.execute("SELECT 1 FROM pg_stat_activity WHERE pid = ANY(%s)", (numbers,))
            if not cursor.fetchall():
                return len(numbers)
            time.sleep(0.01)
    assert not numbers, f"{numbers} did not end within {seconds} seconds"
    return 0


def server_version(url: str) -> int:
    """The number of the server's version, such as 130023."""
    with closing(psycopg2.connect(url)) as connection:
        return int(connection.server_version)
