"""Two readings of ServiceBridge's field names: today's, and the one that public clients work with."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.pipelines.build_marts import build
from fieldhouse.pipelines.config.settings import load
from fieldhouse.sources.engine.spec.aliases import filled
from fieldhouse.sources.engine.spec.incremental import ServerTime
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.sources.sandbox.servicebridge.api import ServiceBridgeSandbox
from fieldhouse.sources.servicebridge import VENDOR
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.marts.marts_warehouse import needs_dbt
from tests.support.sync_harness import (
    ADDRESS,
    SandboxTransport,
    SyncHarness,
    duckdb_url,
    without_waits,
)
from tests.vendors.servicebridge.readings import TABLES, harness

Rewrite = Callable[[str, dict[str, Any]], dict[str, Any]]
NOW = ServerTime(ServiceBridgeSandbox(size=0.01, edge_cases=True).clock.now())


def public(path: str, row: dict[str, Any]) -> dict[str, Any]:
    """A record in the shape that the public clients read."""
    row = dict(row)
    if path == "Customers":
        row["DisplayName"] = row.pop("Name")
    if path == "Contacts":
        row["PhoneNumber"] = row.pop("Phone", None)
    if path == "Locations":
        address = row.pop("Address", None) or {}
        row |= {"AddressLine1": address.get("Line1"), "AddressLine2": address.get("Line2")}
        row |= {part: address.get(part) for part in ("City", "State", "PostalCode", "Country")}
    if path in ("WorkOrders", "Estimates"):
        row[f"{path[:-1]}Number"] = row.pop("Number")
        row["WorkOrderDate"] = row.pop("Date", None)
        row["Visits"] = [_visit(visit) for visit in row.get("Visits", [])]
        for lines in ("WorkOrderLines", "EstimateLines"):
            row[lines] = [_line(line) for line in row.get(lines, [])]
    row["Metadata"] = {**row["Metadata"], "CreatedBy": "A", "UpdatedBy": "A"}
    return row


def _visit(visit: dict[str, Any]) -> dict[str, Any]:
    visit = dict(visit)
    day, _, clock = (visit.pop("StartTime", None) or "T00:00:00").partition("T")
    hours, minutes = int(clock[:2]), int(clock[3:5])
    members = [
        {
            "EmployeeId": member["Id"],
            "FirstName": member["Name"].split()[0],
            "LastName": member["Name"].split(" ", 1)[1],
        }
        for member in visit.get("TeamMembers", [])
    ]
    return {**visit, "Date": f"{day}T00:00:00", "Time": hours * 60 + minutes, "TeamMembers": members}


def _line(line: dict[str, Any]) -> dict[str, Any]:
    line = dict(line)
    product, service = line.pop("Product", None), line.pop("Service", None)
    item = product or service
    if item:
        line["Inventory"] = {"SKU": "S", "Type": "Product" if product else "Service", **item}
    return line


def rewriting(rewrite: Rewrite, only: Callable[[dict[str, Any]], bool] = lambda row: True) -> Any:
    """A fault: records come in another shape."""

    def fault(call: Call, honest: Answer) -> Answer | None:
        path = call.path.removeprefix("/api/v1/").partition("/")[0]
        if call.method != "GET" or honest.status != 200:
            return None
        document = json.loads(honest.body)
        data = document["Data"]
        if isinstance(data, list):
            document["Data"] = [
                rewrite(path, row) if only(row) and "Metadata" in row else row for row in data
            ]
        elif isinstance(data, dict) and "Metadata" in data and only(data):
            document["Data"] = rewrite(path, data)
        return Answer(200, json.dumps(document).encode(), honest.headers)

    return fault


FACTS = {
    "customers": "id, name",
    "contacts": "id, phone",
    "locations": "id, address__line1, address__city, address__postal_code",
    "work_orders": "id, number, date",
    "work_orders__visits": "id, date_trunc('minute', start_time)",
    "work_orders__visits__team_members": "id, name",
    "work_orders__work_order_lines": "id, product__id, service__id",
    "estimates": "id, number",
}


def declared_facts(at: SyncHarness) -> dict[str, list[Any]]:
    return {
        table: at.fetch(f"SELECT {columns} FROM servicebridge.{table} ORDER BY ALL")
        for table, columns in FACTS.items()
    }


@pytest.mark.parametrize("share", ["all", "half"])
def test_declared_columns_are_the_same_in_both_readings(tmp_path: Path, share: str) -> None:
    """The marts read the declared columns; the public reading, alone or mixed with today's, fills them equally."""
    with harness(tmp_path / "today") as at:
        assert at.sync(*TABLES).exit_code == 0
        today = declared_facts(at)
    only: Callable[[dict[str, Any]], bool] = (
        (lambda row: True) if share == "all" else (lambda row: row["Id"] % 2 == 0)
    )
    with harness(tmp_path / "public", rewriting(public, only)) as at:
        assert at.sync(*TABLES).exit_code == 0
        assert declared_facts(at) == today
        types = dict(
            at.fetch(
                "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'servicebridge'"
                " AND table_name = 'work_orders'"
            )
        )
        numbers = at.fetch("SELECT count(work_order_number), count(number) FROM servicebridge.work_orders")
    assert types["work_order_date"] == "TIMESTAMP WITH TIME ZONE"
    assert numbers[0][0] > 0
    assert numbers[0][1] == len(today["work_orders"])


MART_TABLES = (*TABLES, "employees", "invoices")
MARTS = ("jobs", "customers", "locations", "visits", "estimates")
FILLED = {
    "jobs": ("number", "scheduled_at", "completed_at", "total", "lead_name"),
    "customers": ("name",),
    "locations": ("street", "city", "postal_code"),
}


@needs_dbt
def test_marts_are_filled_and_equal_in_both_readings_served_in_turn_and_mixed(tmp_path: Path) -> None:
    """Accounts of one warehouse: today's reading, the public one after it, both mixed, and one without totals."""
    half = rewriting(public, lambda row: row["Id"] % 2 == 0)
    poor = rewriting(without_total)
    faults = {"today": [[]], "turn": [[], [rewriting(public)]], "mixed": [[half]], "poor": [[poor]]}
    names = {f"SOURCES__SERVICEBRIDGE__{name.upper()}": name for name in faults}
    boxes = {name: ServiceBridgeSandbox(seed=5, size=0.05) for name in faults}
    variables = {
        f"{prefix}__{setting.upper()}": value
        for prefix, name in names.items()
        for setting, value in boxes[name].settings(ADDRESS).items()
    }
    settings = load(
        {"HOME": str(tmp_path), **variables}, project=tmp_path, warehouse_url=duckdb_url(tmp_path)
    )
    warehouse = open_warehouse(settings.warehouse_url)
    for account in settings.accounts:
        box = boxes[account.name.rpartition(".")[2]]
        box.limits, box.enforce_limits = (), False
        connect = without_waits(account.vendor.connect, {"wire": SandboxTransport(box)})
        account = replace(account, vendor=replace(account.vendor, connect=connect, limits=()))
        for readings in faults[account.name.rpartition(".")[2]]:
            box.faults[:] = readings
            harness = SyncHarness(box, account, settings.warehouse_url, warehouse)
            assert harness.sync(*MART_TABLES, full=True).exit_code == 0
    report = build(settings, variables={"now": "2026-11-02T15:00:00Z"}, tests=False)
    assert report.exit_code == 0
    empty_columns = [(empty.mart, empty.column, empty.account) for empty in report.empty]
    assert empty_columns == [("jobs", "total", "servicebridge_poor")]
    with warehouse.session() as session:
        for mart in MARTS:
            rows = {name: _rows_of(session, mart, f"servicebridge_{name}") for name in faults}
            assert rows["today"]
            for name in ("turn", "mixed"):
                assert rows[name] == rows["today"], (mart, name)
        for mart, columns in FILLED.items():
            counts = ", ".join(f"count({column})" for column in columns)
            account = "account = 'servicebridge_turn'"
            assert 0 not in session.fetch(f"SELECT {counts} FROM marts.{mart} WHERE {account}")[0]


def without_total(path: str, row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if path != "WorkOrders" or name != "Total"}


def _rows_of(session: Any, mart: str, account: str) -> list[str]:
    """The rows of an account without what names it; customers of several accounts are one party."""
    columns = session.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'marts'"
        f" AND table_name = '{mart}' ORDER BY ordinal_position"
    )
    named = [name for (name,) in columns if not name.startswith(("party", "match", "account"))]
    rows = session.fetch(f"SELECT {', '.join(named)} FROM marts.{mart} WHERE account = '{account}'")
    return sorted(re.sub(r"servicebridge_\w+?:", "", str(row)) for row in rows)


def test_record_without_other_names_stays_the_same_object() -> None:
    """So that hashes of rows that are stored already do not change."""
    sandbox = ServiceBridgeSandbox(seed=5, size=0.05, edge_cases=True)
    for name in TABLES:
        reshape = filled(VENDOR.table(name).row)
        for row in sandbox.truth()[name][:5]:
            (made,) = reshape(row, NOW)
            assert made is row


def test_value_under_the_declared_name_wins_over_other_names() -> None:
    (made,) = filled(VENDOR.table("customers").row)({"Id": 1, "Name": "A", "DisplayName": "B"}, NOW)
    assert made["Name"] == "A"
    (made,) = filled(VENDOR.table("customers").row)({"Id": 1, "Name": None, "CompanyName": "C"}, NOW)
    assert made == {"Id": 1, "Name": "C", "CompanyName": "C"}
