"""What every test may ask for."""

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support.marts.marts_warehouse import built
from tests.support.marts.sandbox_tables import world
from tests.support.postgres.postgres_server import module_postgres_url, postgres_server, postgres_url
from tests.support.warehouse.landed_rows import session
from tests.support.warehouse.warehouses import warehouse_url

__all__ = [
    "built",
    "module_postgres_url",
    "postgres_server",
    "postgres_url",
    "session",
    "warehouse_url",
    "world",
]


# How long an example takes says nothing on a busy machine.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


def pytest_collection_finish() -> None:
    """Modules and tests stay until the end: the collector need not look through them at every turn.

    A process of the product holds a tenth of that, and collects as Python does by itself.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_unconfigure() -> None:
    """What was kept from the collector is let go in the end, as bindings count at the exit what nobody released."""
    gc.unfreeze()


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """All workers and their child processes share parsed marts, and leave those of the user alone."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_TESTRUNUID") else base) / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield
