"""Backends: what a run asks of a warehouse that is not open yet."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar, Protocol

from fieldhouse.warehouse.drivers.dialect import Dialect
from fieldhouse.warehouse.session import Session

from .locks import WaitPolicy
from .rate_budget import Budgets


class Queries(Protocol):
    """An open connection that reads one state of a warehouse and can change nothing."""

    def fetch(self, sql: str) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
        """The names of a query's columns and its rows. Raises StatementFailed; the connection stays usable."""


class Warehouse(Protocol):
    """A warehouse that is not open yet.

    Attributes:
        file: the file that holds it; None for a server.
    """

    @property
    def dialect(self) -> Dialect:
        """The SQL of its database."""

    @property
    def lands_with_dlt(self) -> bool:
        """True if dlt lands large batches, which needs a connection of its own with startup options."""

    @property
    def builds_marts_apart(self) -> bool:
        """True if the marts are built in a DuckDB file and copied into the warehouse when they are complete."""

    @property
    def display(self) -> str:
        """The address without the password."""

    @property
    def file(self) -> Path | None:
        """The file that holds it; None for a server."""

    def exists(self) -> bool:
        """False if opening the warehouse would create it."""

    def session(self) -> AbstractContextManager[Session]:
        """Opens it; sessions within a session share the connection."""

    def read_only(self, reader: str, copy: Path | None = None) -> AbstractContextManager[Queries]:
        """Opens it, or the copy that was published of it, for queries; `reader` names who asks in locks and servers."""

    def exclusive(self) -> AbstractContextManager[Any]:
        """Keeps other processes from a file without opening it, for a load that opens it by itself."""

    def account_lock(self, schema: str, holder: str) -> AbstractContextManager[None]:
        """Holds one account, without waiting; raises AccountBusy."""

    def budgets(self) -> Budgets:
        """Rate budgets that all machines share; raises WarehouseSettingsError where only one can use it."""

    def check_schema(self, schema: str) -> None:
        """Raises WarehouseSettingsError for a schema that this warehouse cannot have."""

    def maintain(self, older_than: str) -> None:
        """The upkeep of the storage; ``older_than`` (``7 days``) is how long a lake's old versions can be read."""

    def settle(self) -> None:
        """Leaves what a run wrote in the form that readers of every version open."""

    def snapshot(self, draft: Path) -> None:
        """Writes a complete copy of the file to a path; raises WarehouseSettingsError where there is no file."""

    def is_snapshot(self, copy: Path) -> bool:
        """True if nothing was written since the copy at a path was made, but for the books of runs."""

    def offer_marts(self, session: Session, beside: str, apart: Path) -> None:
        """Makes the marts that were built in the file ``apart`` the schema ``beside`` of an open session."""

    def dbt_profile(self, apart: Path) -> Mapping[str, str]:
        """The environment that points the marts' dbt profile at the warehouse.

        Args:
            apart: a DuckDB file to build in, if ``builds_marts_apart``.
        """


class Backend(Protocol):
    """A place for warehouses, which makes one of an address.

    Attributes:
        schemes: the schemes of the addresses that it takes.
        expected: what an address of it looks like, for messages.
        shares_budgets: True if several machines can use one of its warehouses at once.
        dialect: the SQL of its database.
    """

    schemes: ClassVar[tuple[str, ...]]
    expected: ClassVar[str]
    shares_budgets: ClassVar[bool]
    dialect: ClassVar[Dialect]

    @classmethod
    def from_url(cls, url: str, waits: WaitPolicy, readers: str = "") -> Warehouse:
        """The warehouse of an address; nothing is opened. Raises WrongAddress, WarehouseSettingsError."""


class WrongAddress(Exception):
    """An address that cannot be one; the message is the reason, without the password."""
