"""ServiceBridge's parameters for hidden rows and fields: sent where honoured, dropped where refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fieldhouse.pipelines.inspect.plan import plan_account
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.sources.sandbox.servicebridge.api import ServiceBridgeSandbox
from tests.support.sync_harness import (
    duckdb_url,
    open_harness,
)
from tests.vendors.servicebridge.readings import TABLES, harness

# --- parameters that show what is hidden ----------------------------------------------------------------------


BAD = b'{"Data": null, "Success": false, "Error": {"Message": "x", "Value": "Parameter", "Code": 2}}'


def hiding(call: Call, honest: Answer) -> Answer | None:
    """A server that hides estimates and custom fields unless they are asked for, and wants a type of custom fields."""
    path = call.path.removeprefix("/api/v1/")
    if path == "CustomFields" and not call.first("type"):
        return Answer(
            400,
            b'{"Data": null, "Success": false, "Error": {"Message": "type", "Value": "Missing", "Code": 1}}',
        )
    if path not in ("Estimates", "Customers") or honest.status != 200:
        return None
    document = json.loads(honest.body)
    if path == "Estimates" and not call.first("includeInactiveCustomers"):
        document["Data"] = document["Data"][:1]
        document["TotalCount"] = 1
    if path == "Customers" and not call.first("includeCustomFields"):
        document["Data"] = [{**row, "CustomFields": []} for row in document["Data"]]
    return Answer(200, json.dumps(document).encode(), honest.headers)


def refusing(call: Call, honest: Answer) -> Answer | None:
    """A server that answers 400 to what it does not know."""
    known = {"page", "pageSize", "changeTime", "sessionKey"}
    if call.path.startswith("/api/v1/") and set(call.query) - known:
        return Answer(
            400,
            b'{"Data": null, "Success": false, "Error": {"Message": "x", "Value": "Parameter", "Code": 2}}',
        )
    return None


def test_hidden_rows_and_fields_are_read(tmp_path: Path) -> None:
    with harness(tmp_path / "at", hiding) as at:
        report = at.sync("customers", "estimates", "custom_fields")
        assert report.exit_code == 0, [str(outcome.error) for outcome in report.outcomes]
        assert at.differences("estimates", "customers") == []
        assert at.fetch("SELECT count(*) > 0 FROM servicebridge.customers__custom_fields") == [(True,)]


def test_refused_parameters_are_dropped_and_remembered(tmp_path: Path) -> None:
    with harness(tmp_path / "at", refusing) as at:
        assert at.sync(*TABLES, "custom_fields").exit_code == 0
        refusals = at.sandbox.log.copy()
        at.sandbox.reset_counts()
        assert at.sync(*TABLES, "custom_fields").exit_code == 0
        assert len(at.sandbox.log) < len(refusals)
        (stored,) = at.fetch("SELECT * FROM servicebridge._state WHERE table_name = 'estimates'")
        assert "Estimates includeInactiveCustomers" in str(stored)


def test_a_parameter_is_refused_once_for_the_account(tmp_path: Path) -> None:
    refused: list[str] = []

    def counting(call: Call, honest: Answer) -> Answer | None:
        answer = refusing(call, honest)
        if answer is not None:
            refused.extend(set(call.query) & {"includeInactiveCustomers", "includeCustomFields", "type"})
        return answer

    with harness(tmp_path / "at", counting) as at:
        assert at.sync().exit_code == 0
        first = sorted(refused)
        assert at.differences("estimates", "employees") == []
        assert at.sync(sweep=True).exit_code == 0
        assert at.sync().exit_code == 0
    assert set(first) == {"includeInactiveCustomers", "includeCustomFields", "type"}
    assert first.count("type") == 1
    assert first.count("includeInactiveCustomers") <= 3  # with the other parameter, then by itself
    assert first.count("includeCustomFields") <= 3
    assert refused[len(first) :] == []


def by_type(call: Call, honest: Answer) -> Answer | None:
    """A server that wants a type of custom fields, shows those of that type, and knows three types."""
    if call.path != "/api/v1/CustomFields" or honest.status != 200:
        return None
    kind = call.first("type", "")
    if kind not in ("Customer", "WorkOrder", "Contact"):
        return Answer(400, BAD, honest.headers)
    document = json.loads(honest.body)
    place = ("Customer", "WorkOrder", "Contact").index(kind)
    document["Data"] = document["Data"][place::3]
    document["TotalCount"] = len(document["Data"])
    return Answer(200, json.dumps(document).encode(), honest.headers)


def test_definitions_of_custom_fields_are_read_for_each_entity(tmp_path: Path) -> None:
    with harness(tmp_path / "at", by_type) as at:
        assert at.sync("custom_fields").exit_code == 0
        assert at.differences("custom_fields") == []
        at.sandbox.reset_counts()
        assert at.sync("custom_fields").exit_code == 0
        assert len([label for label in at.sandbox.log if "CustomFields" in label]) == 3
        assert at.differences("custom_fields") == []


def test_a_vendor_that_ignores_the_type_is_asked_once_more_and_then_no_more(tmp_path: Path) -> None:
    with harness(tmp_path / "at") as at:
        for requests in (2, 1, 1):
            at.sandbox.reset_counts()
            assert at.sync("custom_fields", sweep=True).exit_code == 0
            assert len([label for label in at.sandbox.log if "CustomFields" in label]) == requests
        assert at.differences("custom_fields") == []


# --- rows that a list hides later -----------------------------------------------------------------------------


def hiding_estimates(hidden: set[Any]) -> Any:
    """Estimates of these ids are in no list; their own address shows them."""

    def fault(call: Call, honest: Answer) -> Answer | None:
        if call.path != "/api/v1/Estimates" or honest.status != 200:
            return None
        document = json.loads(honest.body)
        document["Data"] = [row for row in document["Data"] if row["Id"] not in hidden]
        document["TotalCount"] = len(document["Data"])
        return Answer(200, json.dumps(document).encode(), honest.headers)

    return fault


def test_hidden_rows_are_asked_for_in_turns_and_their_deletes_found(tmp_path: Path) -> None:
    """Each once in seven days, not at every sweep."""
    hidden: set[Any] = set()
    folder = tmp_path / "at"
    folder.mkdir()
    sandbox = ServiceBridgeSandbox(seed=5, size=0.4, edge_cases=True)
    sandbox.faults.append(hiding_estimates(hidden))
    with open_harness(sandbox, duckdb_url(folder), folder) as at:
        at.sync("estimates")
        rows = at.sandbox.truth()["estimates"]
        hidden |= {row["Id"] for row in rows[: len(rows) // 6]}
        assert len(hidden) >= 5

        def sweep() -> tuple[int, int]:
            (forecast,) = plan_account(
                at.account, at.warehouse, Options(sweep=True), tables=at.account.tables(["estimates"])
            ).tables
            at.sandbox.reset_counts()
            report = at.sync("estimates", sweep=True)
            assert report.exit_code == 0
            assert report.outcomes[0].requests == forecast.requests
            return at.sandbox.calls["GET /api/v1/Estimates/*"], report.outcomes[0].rows_deleted

        assert sweep() == (len(hidden), 0)
        assert sweep() == (0, 0)
        assert at.differences("estimates") == []
        gone = next(iter(hidden))
        at.sandbox.delete("estimates", gone)
        at.sync("estimates", full=True)
        assert at.differences("estimates") == []
        hidden.clear()
        assert sweep() == (0, 0)
        assert at.differences("estimates") == []
