"""The ServiceSidekick sandbox: filters, smart dates, edits, and what it refuses."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from fieldhouse.sources.sandbox.servicesidekick.api import ServiceSidekickSandbox
from fieldhouse.sources.sandbox.servicesidekick.fields import CHILDREN
from tests.sandbox.servicesidekick.calls import Caller, assert_equals_truth, error, parsed


def test_filters_of_customers(sandbox: ServiceSidekickSandbox, api: Caller) -> None:
    customers = sandbox.truth()["customers"]
    expected = [row["id"] for row in customers if row["service_zip_code"] == "30236"]
    assert expected
    assert [row["id"] for row in api.rows("/customers.xml", service_zip_code="30236")] == expected
    assert [row["customer_number"] for row in api.rows("/customers.xml", customer_number=7)] == [7]
    name = customers[5]["name"]
    assert customers[5]["id"] in [row["id"] for row in api.rows("/customers.xml", name=name.upper())]


def test_filters_of_jobs_and_tasks(sandbox: ServiceSidekickSandbox, api: Caller) -> None:
    truth = sandbox.truth()
    done = [job["id"] for job in truth["jobs"] if job["completed_on"]]
    assert [job["id"] for job in api.rows("/jobs.xml", state="completed")] == done
    states = {state: len(api.rows("/jobs.xml", state=state)) for state in ("completed", "uncompleted")}
    assert sum(states.values()) == len(truth["jobs"])
    assert 0 < len(api.rows("/jobs.xml", state="in_progress")) < states["uncompleted"]
    type_id = truth["job_types"][0]["id"]
    assert {job["job_type_id"] for job in api.rows("/jobs.xml", job_type_id=type_id)} == {type_id}
    me = truth["employees"][1]
    mine = [job["id"] for job in truth["jobs"] if me["id"] in [one["id"] for one in job["employees"]]]
    assert [job["id"] for job in api.rows("/jobs.xml", employee_number=2)] == mine
    assert {task["employee_id"] for task in api.rows("/tasks.xml", employee_number=2)} <= {me["id"]}
    assert {task["completed"] for task in api.rows("/tasks.xml", completed="true")} == {True}
    for wrong in ({"state": "open"}, {"scheduled": "soon"}, {"job_type_id": "x"}):
        assert api.get("/jobs.xml", **wrong).status_code == 400
    ignored = api.rows("/jobs.xml", updated_since="2100-01-01")
    assert len(ignored) == len(truth["jobs"])


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("today", date(2026, 11, 2), date(2026, 11, 2)),
        ("yesterday", date(2026, 11, 1), date(2026, 11, 1)),
        ("this_week", date(2026, 11, 2), date(2026, 11, 8)),
        ("last_week", date(2026, 10, 26), date(2026, 11, 1)),
        ("next_month", date(2026, 12, 1), date(2026, 12, 31)),
        ("last_month", date(2026, 10, 1), date(2026, 10, 31)),
    ],
)
def test_smart_dates(
    sandbox: ServiceSidekickSandbox, api: Caller, value: str, first: date, last: date
) -> None:
    expected = [
        job["id"]
        for job in sandbox.truth()["jobs"]
        if job["scheduled_on"] and first <= datetime.fromisoformat(job["scheduled_on"]).date() <= last
    ]
    assert [job["id"] for job in api.rows("/jobs.xml", scheduled=value)] == expected


def test_employees_are_never_deleted(sandbox: ServiceSidekickSandbox, api: Caller) -> None:
    assert any(not row["active"] for row in sandbox.truth()["employees"])
    with pytest.raises(ValueError, match="cannot be deleted"):
        sandbox.delete("employees")
    sandbox.hides_inactive = True
    shown = parsed(api.tree("/employees.xml"))
    assert 0 < len(shown) < 12
    hidden = next(row for row in sandbox.truth()["employees"] if not row["active"])
    assert api.get(f"/employees/{hidden['employee_number']}.xml").status_code == 200


def test_children_change_while_the_parent_stands_still(sandbox: ServiceSidekickSandbox, api: Caller) -> None:
    job = sandbox.truth()["jobs"][0]
    sandbox.clock.advance(hours=1)
    note = sandbox.add_child("jobs", job["id"], "notes", note="Neu & <wichtig>")
    sandbox.change_child("jobs", job["id"], "notes", -1, private=True)
    after = parsed(api.tree("/jobs/1.xml", include="notes"))
    assert after["notes"][-1] == note | {"private": True}
    assert after["updated_at"] == job["updated_at"]
    sandbox.change("jobs", job["id"], touch=False, notes=[])
    assert parsed(api.tree("/jobs/1.xml", include="notes"))["notes"] == []
    assert sandbox.change("jobs", job["id"], notes=[])["updated_at"] == "2026-11-02T10:30:00-05:00"


def test_rows_come_and_go(sandbox: ServiceSidekickSandbox, api: Caller) -> None:
    made = sandbox.create("customers", name="Neu")
    place = f"/customers/{made['customer_number']}.xml"
    assert parsed(api.tree(place))["name"] == "Neu"
    sandbox.delete("customers", made["id"])
    assert error(api.get(place)) == (400, "Invalid customer.")
    assert made["id"] not in [row["id"] for row in api.rows("/customers.xml")]
    sandbox.restore("customers", made["id"])
    assert made["id"] in [row["id"] for row in api.rows("/customers.xml")]
    assert sandbox.create("customers")["customer_number"] == made["customer_number"] + 1


def test_random_edits_keep_truth_and_wire_together(sandbox: ServiceSidekickSandbox, api: Caller) -> None:
    twin = ServiceSidekickSandbox(size=0.4, edge_cases=True)
    api.rows("/tasks.xml")
    done = sandbox.edit(400)
    assert done == twin.edit(400)
    assert_equals_truth(sandbox, api)
    words = " ".join(done)
    assert all(word in words for word in ("created", "changed", "deleted", "stood still", "moved"))
    assert all(any(f"{name} of" in line for line in done) for names in CHILDREN.values() for name in names)
    assert len(sandbox.truth()["employees"]) >= 12


def test_a_new_field_shows_wherever_the_row_stands(sandbox: ServiceSidekickSandbox, api: Caller) -> None:
    sandbox.add_field("employees", "van_number", 12)
    sandbox.add_field("jobs", "chosen_days_of_week", ["monday", "friday"])
    sandbox.add_field("jobs", "job_allocations", {"include_expenses": True, "note": None})
    assert_equals_truth(sandbox, api)
    assert sandbox.truth()["jobs"][0]["chosen_days_of_week"] == ["monday", "friday"]
    assert '<van-number type="integer">12</van-number>' in api.get("/jobs.xml", include="employees").text


def test_bombs(sandbox: ServiceSidekickSandbox, api: Caller) -> None:
    sandbox.bomb_bytes = 100_000
    for kind, sign in (("entities", "<!ENTITY l9"), ("depth", "<a><a><a>"), ("size", "xxx")):
        sandbox.bomb = kind
        assert sign in api.get("/tasks.xml").text
        assert len(api.get("/tasks.xml").content) > (100_000 if kind == "size" else 500)
    assert api.tree("/jobs.xml").tag == "jobs"


def test_nothing_can_be_written(sandbox: ServiceSidekickSandbox, api: Caller) -> None:
    before = sandbox.truth()
    for method in ("POST", "PUT", "DELETE"):
        assert api.http.request(method, "/jobs/1.xml").status_code == 405
    assert sandbox.writes == 3
    assert sandbox.truth() == before


def test_a_path_under_the_host(sandbox: ServiceSidekickSandbox, api: Caller) -> None:
    sandbox.slug = "suffolk"
    assert sandbox.settings("http://x")["base_url"] == "http://x/suffolk"
    assert api.get("/jobs.xml").status_code == 404
    assert len(parsed(api.tree("/suffolk/jobs.xml"))) == 30
    assert sandbox.calls["GET /suffolk/jobs.xml"] == 1
