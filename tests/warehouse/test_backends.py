"""A warehouse is one driver and one backend: nothing else branches on which database it is."""

import re
from pathlib import Path

import pytest

from fieldhouse.warehouse.connect import backend_of, backends, open_warehouse
from fieldhouse.warehouse.errors import WarehouseSettingsError
from fieldhouse.warehouse.model import LOGICAL_TYPES
from tests.support.warehouse.warehouses import WAREHOUSES

ROOT = Path(__file__).parent.parent.parent
BRANCH = re.compile(
    r"dialect(\.name)? (==|!=|in) |scheme (==|!=|in) [\"'(]|(==|!=) [\"'](duckdb|postgres(ql)?|ducklake)[\"']"
    r"|isinstance\(\w*warehouse, |\.startswith\([\"'(]+(duckdb|postgres|ducklake)"
)
HOMES = ("warehouse/drivers/", "warehouse/backends/")
OF_VENDORS = ("pipelines/config/", "parts.scheme")
"""Settings accept an https address of a vendor, or http on this machine: no address of a warehouse."""
OF_DLT = ("pipelines/dlt_source/", "destination.destination_name")
"""A dlt source has the destination of its user's own pipeline, and no warehouse of ours."""


def branches(source: str) -> list[str]:
    return [line.strip() for line in source.splitlines() if BRANCH.search(line)]


def test_nothing_outside_drivers_and_backends_branches_on_the_database() -> None:
    results = {
        f"{place}: {line}"
        for room in ("pipelines", "sources", "warehouse")
        for path in (ROOT / room).rglob("*.py")
        if not (place := path.relative_to(ROOT).as_posix()).startswith((*HOMES, "sources/sandbox/"))
        for line in branches(path.read_text("utf-8"))
        if not any(place.startswith(folder) and name in line for folder, name in (OF_VENDORS, OF_DLT))
    }
    assert results == set()


@pytest.mark.parametrize(
    "line",
    [
        'if db.dialect == "duckdb":',
        'if db.dialect.name == "postgres":',
        'if scheme == "duckdb":',
        'if scheme in ("postgresql", "postgres"):',
        'if destination == "duckdb":',
        "if isinstance(warehouse, DuckWarehouse):",
        'if not self.url.lower().startswith("duckdb:"):',
    ],
)
def test_a_branch_is_seen(line: str) -> None:
    assert branches(line) == [line]


def test_every_backend_is_tested_and_has_a_type_for_every_logical_type() -> None:
    assert [backend.dialect.name for backend in backends()] == list(WAREHOUSES)
    for backend in backends():
        assert set(backend.dialect.types) == set(LOGICAL_TYPES)
        for logical, native in backend.dialect.types.items():
            assert backend.dialect.logical(native) == logical


def test_a_scheme_has_one_backend() -> None:
    schemes = [scheme for backend in backends() for scheme in backend.schemes]
    assert len(schemes) == len(set(schemes))
    assert [backend_of(f"{scheme.upper()}://x") for backend in backends() for scheme in backend.schemes] == [
        backend for backend in backends() for _ in backend.schemes
    ]
    with pytest.raises(WarehouseSettingsError, match="no address; expected duckdb:///"):
        backend_of("warehouse.duckdb")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("me:hunter2@127.0.0.1:1/stock?sslmode=hunter", 'invalid sslmode value: "hunter"'),
        ("me:hunter2@127.0.0.1:1/stock?keepalives=often", 'invalid integer value "often"'),
        ("me:hunter%2@127.0.0.1:1/stock", "%-encoded"),
    ],
)
def test_an_address_that_no_attempt_can_open_is_a_setting(address: str, reason: str) -> None:
    with (
        pytest.raises(WarehouseSettingsError) as refused,
        open_warehouse(f"postgresql://{address}").session(),
    ):
        pass
    assert reason in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert "hunter%2" not in str(refused.value)
