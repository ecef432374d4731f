"""DuckDB's extensions for lakes: found in DuckDB's own folder or in packages, and loaded into an instance."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from fieldhouse.warehouse.drivers.lake import secret_statement
from fieldhouse.warehouse.drivers.sql import literal
from fieldhouse.warehouse.errors import WarehouseSettingsError, WarehouseUnreachable

if TYPE_CHECKING:
    import duckdb

INSTANCE: dict[str, str | bool | int | float | list[str]] = {
    "threads": 2,
    "allow_unsigned_extensions": "true",
}
"""How an instance is made. The extensions of the Python index are not signed by DuckDB's key."""


_NO_MEMORY = "failed to map segment"
"""What the system's loader of libraries reports."""
_IDLE: list[duckdb.DuckDBPyConnection] = []
"""Instances that no session uses now: making one and loading its extensions costs 0.3 s of CPU."""


@contextmanager
def prepared_instance(catalogue: str, data: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """An instance of this process with what a lake needs; one that is left by an error is not used again.

    Raises:
        WarehouseSettingsError: this DuckDB has no extension for lakes.
    """
    import duckdb

    try:
        native = _IDLE.pop()
    except IndexError:
        native = duckdb.connect(config=INSTANCE)
    try:
        prepare_instance(native, catalogue, data)
        yield native
    except BaseException:
        native.close()
        raise
    _IDLE.append(native)


def prepare_instance(native: duckdb.DuckDBPyConnection, catalogue: str, data: str) -> None:
    """Loads the extensions that a lake needs, and the S3 secret.

    Args:
        catalogue: ``sqlite:/path`` or ``postgres:dbname=… host=…``.
        data: a folder or an S3 address.

    Raises:
        WarehouseSettingsError: this DuckDB has no such extension.
    """
    load_extension(native, "ducklake")
    load_extension(native, "sqlite_scanner" if catalogue.startswith("sqlite:") else "postgres_scanner")
    if "://" in data:
        load_extension(native, "httpfs")
        if secret := secret_statement(os.environ):
            native.execute(secret)


def load_extension(native: duckdb.DuckDBPyConnection, name: str) -> None:
    """Loads an extension: DuckDB's own copy, else that of the package ``duckdb-extension-…``; none is downloaded.

    Raises WarehouseSettingsError if there is none for this DuckDB, WarehouseUnreachable if it does not fit into memory.
    """
    import duckdb

    native.execute("SET autoinstall_known_extensions = false")  # LOAD would request one that it does not find
    try:
        native.execute(f"LOAD {name}")
        return
    except duckdb.Error:
        pass
    for path in _packaged(name):
        try:
            native.execute(f"LOAD {literal(str(path))}")
            return
        except duckdb.Error as error:
            if _NO_MEMORY in str(error):
                raise WarehouseUnreachable(f"too little memory for DuckDB's extension {name}") from None
    raise WarehouseSettingsError(
        f"warehouse.url: DuckDB {duckdb.__version__} has no extension {name}; expected one that fits it."
        " Install the extra for lakes: pip install 'fieldhouse[lake]'"
    )


def _packaged(name: str) -> list[Path]:
    """The extension's files in its package, the newest DuckDB's first."""
    spec = find_spec(f"duckdb_extension_{name}")
    places = spec.submodule_search_locations if spec else None
    return sorted(
        (file for place in places or () for file in Path(place).rglob("*.duckdb_extension")), reverse=True
    )
