"""A fence around one account's commits.

A lock in a connection of its own can be lost while its holder lives on: a network breaks off, a server restarts,
a machine sleeps. Another run then takes the account over. Who takes it over writes its token into `_state` first;
who commits reads the token in the same transaction and holds it until the commit, so that a run which was
replaced never commits again, and its successor begins after the last of its commits.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from fieldhouse.warehouse.drivers.protocol import Database
from fieldhouse.warehouse.drivers.sql import literal
from fieldhouse.warehouse.errors import AccountLost

from . import books


@dataclass
class Fence:
    """One holding of an account's lock; `is_established` is true once its token stands in the warehouse."""

    schema: str
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    is_established: bool = False

    def establish(self, db: Database, at: datetime) -> None:
        """Writes the token where the books exist: a process that held the account before commits no more."""
        if self.is_established or "_state" not in db.catalogue(self.schema):
            return
        books.put_states(db, self.schema, {books.FENCE: {"token": self.token}}, at)
        self.is_established = True

    def check(self, db: Database) -> None:
        """Run it inside the transaction that is to commit. Raises AccountLost."""
        if not self.is_established:
            return
        fence = f"table_name = {literal(books.FENCE)}"
        rows = db.fetch_locked("value ->> 'token'", self.schema, "_state", fence, "updated_at")
        if rows != [(self.token,)]:
            raise AccountLost(self.schema)
