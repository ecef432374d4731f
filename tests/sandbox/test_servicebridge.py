"""The ServiceBridge sandbox: its doors, its limits, its lists, its edits, and its truth against a crawl."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fieldhouse.sources.sandbox.server import environment, serve
from fieldhouse.sources.sandbox.servicebridge.api import ServiceBridgeSandbox
from fieldhouse.sources.sandbox.servicebridge.seed import ENTITIES

INCREMENTAL = [
    "customers",
    "contacts",
    "locations",
    "work_orders",
    "estimates",
    "invoices",
    "payments",
    "leads",
    "tasks",
    "assets",
    "employees",
    "users",
    "branches",
    "companies",
]


class Timer:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Caller:
    """A plain client with a session, so that the tests read like requests."""

    def __init__(self, sandbox: ServiceBridgeSandbox, url: str) -> None:
        self.sandbox, self.http = sandbox, httpx.Client(base_url=url, verify=False)
        self.key = self.post("/api/v1/Login", UserId=sandbox.user_id, Password=sandbox.password).json()[
            "Data"
        ]

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self.http.post(path, json=body)

    def get(self, path: str, key: str | None = None, **query: Any) -> httpx.Response:
        return self.http.get(f"/api/v1{path}", params={"sessionKey": key or self.key, **query})

    def rows(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """All pages, 100 rows each."""
        results: list[dict[str, Any]] = []
        for page in range(1, 1000):
            body = self.get(path, page=page, pageSize=100, **query).json()
            results += body["Data"]
            if len(results) >= body["TotalCount"]:
                return results
        raise AssertionError("no end")


@pytest.fixture
def sandbox() -> ServiceBridgeSandbox:
    made = ServiceBridgeSandbox(size=0.4, edge_cases=True)
    made.enforce_limits = False
    return made


@pytest.fixture
def api(sandbox: ServiceBridgeSandbox) -> Iterator[Caller]:
    with serve(sandbox) as urls:
        caller = Caller(sandbox, urls["servicebridge"])
        yield caller
        caller.http.close()


def value(answer: httpx.Response) -> str:
    body = answer.json()
    assert body["Data"] is None
    assert body["Success"] is False
    return str(body["Error"]["Value"])


def test_a_crawl_of_all_paths_is_the_truth(sandbox: ServiceBridgeSandbox, api: Caller) -> None:
    truth = sandbox.truth()
    assert len(truth) == 31
    for entity in ENTITIES:
        assert api.rows(entity.path, includeInactiveCustomers="true") == truth[entity.table], entity.table
    assert 900 < sum(map(len, truth.values())) < 1500


def test_size_one_is_about_three_thousand_rows_and_the_seed_decides() -> None:
    one, same, other = (ServiceBridgeSandbox(seed).truth() for seed in (1, 1, 2))
    assert 2800 < sum(map(len, one.values())) < 3200
    assert one == same != other


def test_inventory_of_tables_is_the_catalogue() -> None:
    assert {entity.table for entity in ENTITIES if entity.changes} == set(INCREMENTAL)
    assert sum(not entity.paged for entity in ENTITIES) == 12


def test_rows_look_like_the_vendors(sandbox: ServiceBridgeSandbox) -> None:
    truth = sandbox.truth()
    order = next(row for row in truth["work_orders"] if row["Visits"] and row["WorkOrderLines"])
    assert order["Id"] > 2**32
    assert set(order["Customer"]) == {"Id", "Name"}
    assert set(order["Metadata"]) == {"CreatedOn", "UpdatedOn", "CreatedBy", "UpdatedBy", "Version"}
    assert order["Metadata"]["UpdatedOn"][-1].isdigit()
    assert any(visit["TeamMembers"] for row in truth["work_orders"] for visit in row["Visits"])
    assert any(row["WorkOrderLines"] == [] for row in truth["work_orders"])
    assert any(row["CustomFields"] for row in truth["customers"])
    assert any(row["Email"] is None for row in truth["customers"])
    assert any(row["EstimateLines"] and row["Documents"] for row in truth["estimates"])


def test_pages_are_one_based_and_strict(sandbox: ServiceBridgeSandbox, api: Caller) -> None:
    everything = [row["Id"] for row in sandbox.truth()["work_orders"]]
    body = api.get("/WorkOrders").json()
    assert [row["Id"] for row in body["Data"]] == everything[:50]
    assert body["TotalCount"] == len(everything)
    assert body["Success"] is True
    assert body["Error"] is None
    second = api.get("/WorkOrders", page=2, pageSize=7).json()["Data"]
    assert [row["Id"] for row in second] == everything[7:14]
    assert api.get("/WorkOrders", page=99, pageSize=500).json()["Data"] == []
    for wrong in (
        {"page": 0},
        {"pageSize": 0},
        {"pageSize": 501},
        {"page": "x"},
        {"page": -1},
        {"pageSize": ""},
    ):
        assert api.get("/WorkOrders", **wrong).status_code == 400, wrong


def test_lookups_ignore_pages(sandbox: ServiceBridgeSandbox, api: Caller) -> None:
    body = api.get("/Terms", page=9, pageSize=1).json()
    assert len(body["Data"]) == body["TotalCount"] == len(sandbox.truth()["terms"])


def test_one_entity_by_id(sandbox: ServiceBridgeSandbox, api: Caller) -> None:
    row = sandbox.truth()["assets"][3]
    assert api.get(f"/Assets/{row['Id']}").json()["Data"] == row
    assert api.get(f"/Assets/{row['Id']}/").json()["Data"] == row
    gone = api.get(f"/Assets/{row['Id'] + 1}")
    assert (gone.status_code, value(gone)) == (404, "EntityNotFound")


def test_unknown_paths_and_versions_are_no_methods(sandbox: ServiceBridgeSandbox, api: Caller) -> None:
    for path in ("/customers", "/Nothing", "/Inventory", "/Customers/x"):
        answer = api.get(path)
        assert (answer.status_code, value(answer)) == (404, "MethodNotFound"), path
    v2 = api.http.get("/api/v2/Customers", params={"sessionKey": api.key})
    assert (v2.status_code, value(v2)) == (404, "MethodNotFound")
    sandbox.versions.add("v2")
    assert api.http.get("/api/v2/Customers", params={"sessionKey": api.key}).status_code == 200


def test_sessions_slide_for_thirty_minutes(sandbox: ServiceBridgeSandbox, api: Caller) -> None:
    sandbox.clock.advance(minutes=29)
    assert api.get("/Terms").status_code == 200
    sandbox.clock.advance(minutes=29)
    assert api.get("/Terms").status_code == 200
    sandbox.clock.advance(minutes=30)
    late = api.get("/Terms")
    assert (late.status_code, value(late)) == (401, "InvalidSessionKey")
    assert api.http.get("/api/v1/Terms").status_code == 401
    assert api.get("/Terms", key="wrong").status_code == 401


def test_login_and_logout(sandbox: ServiceBridgeSandbox, api: Caller) -> None:
    wrong = api.post("/api/v1/Login", UserId=sandbox.user_id, Password="no")
    assert (wrong.status_code, value(wrong)) == (401, "InvalidCredentials")
    assert (sandbox.logins, sandbox.failed_logins) == (1, 1)
    assert api.http.post("/api/v1/Login", content=b"{}").status_code == 400
    assert api.post("/api/v1/Logout", SessionKey=api.key).json()["Success"] is True
    assert api.get("/Terms").status_code == 401


def test_a_session_can_end_at_every_nth_request(sandbox: ServiceBridgeSandbox, api: Caller) -> None:
    sandbox.expire_every = 3
    assert [api.get("/Terms").status_code for _ in range(4)] == [200, 200, 401, 401]


def test_basic_is_taken_too(sandbox: ServiceBridgeSandbox, api: Caller) -> None:
    good, bad = (sandbox.user_id, sandbox.password), (sandbox.user_id, "no")
    assert api.http.get("/api/v1/Terms", auth=good).status_code == 200
    assert api.http.get("/api/v1/Terms", auth=bad).status_code == 401
    assert api.http.get("/api/v1/Terms", headers={"Authorization": "Basic x"}).status_code == 401
    assert sandbox.failed_logins == 2


def test_oauth_tokens_last_an_hour(sandbox: ServiceBridgeSandbox, api: Caller) -> None:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": sandbox.refresh_token,
        "client_id": sandbox.app_id,
        "client_secret": sandbox.app_secret,
    }
    granted = api.http.post("/oauth/token", data=form).json()
    bearer = {"Authorization": f"Bearer {granted['access_token']}"}
    assert granted["expires_in"] == 3600
    assert api.http.get("/api/v1/Terms", headers=bearer).status_code == 200
    assert api.http.post("/oauth/token", data=form | {"client_secret": "no"}).status_code == 401
    sandbox.revoked = True
    assert api.http.post("/oauth/token", data=form).json() == {"error": "invalid_grant"}
    assert api.http.get("/api/v1/Terms", headers=bearer).status_code == 200
    sandbox.clock.advance(hours=1)
    assert api.http.get("/api/v1/Terms", headers=bearer).status_code == 401


def test_settings_follow_the_way_in() -> None:
    sandbox = ServiceBridgeSandbox(size=0.01, edge_cases=True)
    named = environment([sandbox], {"servicebridge": "http://x"})
    assert named["SOURCES__SERVICEBRIDGE__BASE_URL"] == "http://x/api"
    assert set(sandbox.settings("")) == {"base_url", "user_id", "password", "api_version"}
    sandbox.auth = "basic"
    assert sandbox.settings("")["auth"] == "basic"
    sandbox.auth = "oauth"
    assert set(sandbox.settings("")) >= {"app_id", "app_secret", "refresh_token", "token_url"}


def test_fifty_a_second_and_sixty_thousand_an_hour() -> None:
    timer = Timer()
    sandbox = ServiceBridgeSandbox(size=0.01, timer=timer)
    with serve(sandbox) as urls:
        api = Caller(sandbox, urls["servicebridge"])
        statuses = [api.get("/Terms").status_code for _ in range(51)]
        assert statuses == [200] * 49 + [429] * 2
        refused = api.get("/Terms")
        assert refused.headers["Retry-After"] == "1"
        assert value(refused) == "TooManyRequests"
        assert (sandbox.rejected, sandbox.peak_per_second) == (3, 53)
        timer.now = 1.0
        assert api.get("/Terms").status_code == 200
        sandbox.enforce_limits = False
        assert {api.get("/Terms").status_code for _ in range(60)} == {200}
        api.http.close()


def test_the_hour_is_counted() -> None:
    timer = Timer()
    sandbox = ServiceBridgeSandbox(size=0.01, timer=timer)
    for number in range(60_000):
        timer.now = number / 20
        assert sandbox.gauge.admit(True)
    assert not sandbox.gauge.admit(True)
    timer.now = 3600.0
    assert sandbox.gauge.admit(True)


def test_change_time_is_honoured_or_ignored(sandbox: ServiceBridgeSandbox, api: Caller) -> None:
    sandbox.clock.advance(minutes=20)
    row = sandbox.change("leads", Status="Lost")
    since = row["Metadata"]["UpdatedOn"]
    assert [results["Id"] for results in api.rows("/Leads", changeTime=since)] == [row["Id"]]
    assert api.get("/Leads", changeTime="2100-01-01T00:00:00").json()["TotalCount"] == 0
    assert api.get("/Leads", changeTime="2100-01-01T00:00:00Z").status_code == 400
    everything = len(sandbox.truth()["leads"])
    sandbox.honours.discard("leads")
    assert api.get("/Leads", changeTime="2100-01-01T00:00:00").json()["TotalCount"] == everything
    products = api.get("/Inventory/Products", changeTime="2100-01-01T00:00:00").json()
    assert products["TotalCount"] == len(sandbox.truth()["products"])


def test_inactive_customers_are_hidden_but_there(sandbox: ServiceBridgeSandbox, api: Caller) -> None:
    hidden = [row["Id"] for row in sandbox.truth()["customers"] if not row["IsActive"]]
    shown = {row["Id"] for row in api.rows("/Customers")}
    assert hidden
    assert shown.isdisjoint(hidden)
    assert len(shown) + len(hidden) == len(api.rows("/Customers", includeInactiveCustomers="true"))
    assert api.get(f"/Customers/{hidden[0]}").status_code == 200


def test_switches(sandbox: ServiceBridgeSandbox, api: Caller) -> None:
    sandbox.denied = {"/Leads": 403, "/Tasks": 404}
    assert (api.get("/Leads").status_code, value(api.get("/Leads"))) == (403, "AccessDenied")
    assert (api.get("/Tasks").status_code, value(api.get("/Tasks"))) == (404, "MethodNotFound")
    sandbox.soft_error = {"/Terms"}
    assert (api.get("/Terms").status_code, value(api.get("/Terms"))) == (200, "InternalError")
    sandbox.newest_first = True
    sandbox.total_count_off = 4
    body = api.get("/Users").json()
    ids = [row["Id"] for row in body["Data"]]
    assert ids == sorted(ids, reverse=True)
    assert body["TotalCount"] == len(ids) + 4
    sandbox.whole_numbers = True
    sandbox.change("charge_types", sandbox.truth()["charge_types"][0]["Id"], Amount=100.0)
    assert b'"Amount":100,' in api.get("/Inventory/ChargeTypes", pageSize=500).content


def test_nothing_can_be_written(sandbox: ServiceBridgeSandbox, api: Caller) -> None:
    before = sandbox.truth()
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        query = {"sessionKey": api.key}
        assert api.http.request(method, "/api/v1/Customers/1", params=query).status_code == 405
    assert api.http.get("/api/v1/Login").status_code == 405
    assert sandbox.writes == 4
    assert sandbox.truth() == before


def test_edits_by_name(sandbox: ServiceBridgeSandbox, api: Caller) -> None:
    sandbox.clock.advance(seconds=90.25)
    made = sandbox.create("customers", Name="Neu & Söhne")
    assert api.get(f"/Customers/{made['Id']}").json()["Data"] == made
    assert made["Metadata"]["UpdatedOn"] == "2026-11-02T14:31:30.250"
    sandbox.clock.advance(seconds=1)
    changed = sandbox.change("customers", made["Id"], CustomFields=[])
    assert changed["Metadata"]["Version"] == 2
    assert changed["Metadata"]["UpdatedOn"] > made["Metadata"]["UpdatedOn"]
    silent = sandbox.change("customers", made["Id"], touch=False, Note="still")
    assert silent["Metadata"] == changed["Metadata"]
    sandbox.delete("customers", made["Id"])
    assert api.get(f"/Customers/{made['Id']}").status_code == 404
    assert sandbox.restore("customers", made["Id"])["Metadata"]["Version"] == 3
    assert api.get(f"/Customers/{made['Id']}").status_code == 200
    with pytest.raises(KeyError):
        sandbox.delete("customers", 1)


def test_random_edits_reach_every_kind_and_repeat_with_the_seed(
    sandbox: ServiceBridgeSandbox, api: Caller
) -> None:
    twin = ServiceBridgeSandbox(size=0.4, edge_cases=True)
    done = sandbox.edit(400)
    assert done == twin.edit(400)
    assert sandbox.truth() == twin.truth()
    assert {line.split()[1] for line in done} == {"created", "changed", "deleted"}
    assert len({line.split(":")[0] for line in done}) == 31
    for table, path in (("work_orders", "/WorkOrders"), ("estimates", "/Estimates")):
        assert api.rows(path) == sandbox.truth()[table]


def test_a_new_field_shows_in_rows_and_truth(sandbox: ServiceBridgeSandbox, api: Caller) -> None:
    sandbox.add_field("terms", "DiscountPercent", 2.5)
    assert {row["DiscountPercent"] for row in api.get("/Terms").json()["Data"]} == {2.5}
    assert {row["DiscountPercent"] for row in sandbox.truth()["terms"]} == {2.5}


def test_the_session_key_is_in_no_log(sandbox: ServiceBridgeSandbox, api: Caller) -> None:
    api.get("/Terms")
    assert sandbox.calls["GET /api/v1/Terms"] == 1
    assert not any(api.key in line for line in sandbox.log)
