"""The plugin of dbt-duckdb with which the marts read a lake: it attaches the lake that the environment names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dbt.adapters.duckdb.plugins import BasePlugin

from fieldhouse.warehouse.drivers.lake import attach_statement

from .lake_extensions import prepare_instance

if TYPE_CHECKING:
    import duckdb


class Plugin(BasePlugin):
    """Attaches ``FIELDHOUSE_LAKE`` (the catalogue) with ``FIELDHOUSE_LAKE_DATA``, read-only."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Attach the lake to a new connection. Raises WarehouseSettingsError if there is no extension for it."""
        catalogue, data = os.environ["FIELDHOUSE_LAKE"], os.environ["FIELDHOUSE_LAKE_DATA"]
        prepare_instance(conn, catalogue, data)
        conn.execute(attach_statement(catalogue, data, read_only=True))
