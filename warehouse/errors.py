"""What can go wrong at the warehouse, named by what the reader does next."""

from collections.abc import Sequence


class WarehouseError(Exception):
    """Any failure at the warehouse; `retry`: True if the same call can succeed later unchanged."""

    retry: bool = False


class WarehouseSettingsError(WarehouseError):
    """A setting or a right must change: a person acts."""


class WarehouseUnreachable(WarehouseError):
    """The database does not answer, or broke off: run it again.

    Args:
        do: the next step, if it is another than running the command again.
    """

    retry = True

    def __init__(self, text: str, do: str = "") -> None:
        super().__init__(text)
        self.do = do


class WarehouseBusy(WarehouseError):
    """Another process holds the database file or a table for longer than the wait allowed."""

    retry = True


class AccountBusy(WarehouseError):
    """Another process syncs this account; `holder`: which process, and since when."""

    retry = True

    def __init__(self, schema: str, holder: str) -> None:
        super().__init__(f"{schema} is being synced by {holder}")
        self.schema = schema
        self.holder = holder


class AccountLost(WarehouseError):
    """The lock of an account was lost and another process has taken it over: this run may not commit."""

    retry = True

    def __init__(self, schema: str) -> None:
        super().__init__(
            f"{schema}: the connection that held the account's lock was lost, and another process has taken"
            " the account over; nothing more was committed here"
        )


class SchemaFrozen(WarehouseError):
    """The landed data differs from a schema that is set to stay; nothing was applied."""

    def __init__(self, table: str, differences: Sequence[str]) -> None:
        super().__init__(f"{table} is frozen (schema_drift = freeze) and differs: " + "; ".join(differences))
        self.table = table
        self.differences = list(differences)


class StatementFailed(WarehouseError):
    """The database refused a statement: a defect here, or data that it cannot hold. Nothing was applied."""


class SchemaConflict(WarehouseError):
    """A change that the data needs is blocked by something that depends on the table."""
