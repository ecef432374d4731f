"""The ServiceSidekick sandbox: its XML, its lists, its edits, and its truth against a crawl."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import httpx
import pytest

from fieldhouse.sources.sandbox.server import serve
from fieldhouse.sources.sandbox.servicesidekick.api import ServiceSidekickSandbox
from fieldhouse.sources.sandbox.servicesidekick.fields import CHILDREN, SECRETS

CASTS: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "decimal": float,
    "float": float,
    "boolean": {"true": True, "false": False}.__getitem__,
}
CHILD_INCLUDES = {
    "customers": "contacts,notes,tax_entity",
    "jobs": "employees,job_charges,time_entries,notes,job_type,job_status,tax_entity",
}


def parsed(element: ET.Element) -> Any:
    """A reader of its own, so that the sandbox's writer is not checked with itself."""
    kind = element.get("type", "")
    if element.get("nil") == "true":
        return None
    if kind == "array":
        return [parsed(child) for child in element]
    if len(element):
        record = {child.tag.replace("-", "_"): parsed(child) for child in element}
        return {name: value for name, value in record.items() if name not in SECRETS}
    return CASTS.get(kind.lower(), str)(element.text or "")


class Caller:
    def __init__(self, sandbox: ServiceSidekickSandbox, url: str) -> None:
        self.http = httpx.Client(base_url=url, verify=False, auth=(sandbox.token, sandbox.token))

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.http.get(path, params=query)

    def tree(self, path: str, **query: Any) -> ET.Element:
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
        return ET.fromstring(answer.content)

    def pages(self, path: str, **query: Any) -> Iterator[list[dict[str, Any]]]:
        for page in range(1, 1000):
            rows = parsed(self.tree(path, page=page, **query))
            if not rows:
                return
            yield rows

    def rows(self, path: str, **query: Any) -> list[dict[str, Any]]:
        return [row for page in self.pages(path, **query) for row in page]


@pytest.fixture
def sandbox() -> ServiceSidekickSandbox:
    return ServiceSidekickSandbox(size=0.4, edge_cases=True)


@pytest.fixture
def api(sandbox: ServiceSidekickSandbox) -> Iterator[Caller]:
    with serve(sandbox) as urls:
        caller = Caller(sandbox, urls["servicesidekick"])
        yield caller
        caller.http.close()


def error(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, ET.fromstring(answer.content).findtext("error")


def assert_equals_truth(sandbox: ServiceSidekickSandbox, api: Caller) -> None:
    truth = sandbox.truth()
    for table, include in CHILD_INCLUDES.items():
        assert api.rows(f"/{table}.xml", include=include) == truth[table]
    assert api.rows("/tasks.xml") == truth["tasks"]
    assert parsed(api.tree("/employees.xml")) == truth["employees"]
    for one, many in (("job_type", "job_types"), ("job_status", "job_statuses")):
        seen = {job[one]["id"]: job[one] for job in truth["jobs"] if one in job}
        assert [seen[key] for key in sorted(seen)] == truth[many]


def test_a_crawl_is_the_truth(sandbox: ServiceSidekickSandbox, api: Caller) -> None:
    assert_equals_truth(sandbox, api)
    truth = sandbox.truth()
    assert {table: len(truth[table]) for table in ("customers", "jobs", "tasks", "employees")} == {
        "customers": 60,
        "jobs": 100,
        "tasks": 32,
        "employees": 12,
    }
    assert set(truth) == {
        "customers",
        "jobs",
        "tasks",
        "employees",
        "job_types",
        "job_statuses",
        "tax_entities",
        "opportunities",
        "invoices",
    }


def test_the_seed_decides() -> None:
    one, same, other = (ServiceSidekickSandbox(seed, size=0.2).truth() for seed in (1, 1, 2))
    assert one == same != other


def test_the_token_is_both_user_and_password(sandbox: ServiceSidekickSandbox, api: Caller) -> None:
    token = sandbox.token
    for pair in ((token, "x"), ("x", token), ("ü", "ü")):
        answer = api.http.get("/jobs.xml", auth=pair)
        assert error(answer) == (401, "Invalid Username, Account or password.")
    assert httpx.get(str(api.http.base_url) + "/jobs.xml").status_code == 401
    assert sandbox.failed_logins == 4
    sandbox.change_password()
    assert api.get("/jobs.xml").status_code == 401
    assert sandbox.settings("http://x")["api_token"] == sandbox.token != token


def test_pages_of_thirty_then_an_empty_array(sandbox: ServiceSidekickSandbox, api: Caller) -> None:
    assert [len(page) for page in api.pages("/jobs.xml")] == [30, 30, 30, 10]
    beyond = api.get("/jobs.xml", page=5)
    assert beyond.text == '<?xml version="1.0" encoding="UTF-8"?>\n<jobs type="array"/>\n'
    sandbox.page_size = 50
    assert [len(page) for page in api.pages("/jobs.xml")] == [50, 50]
    assert error(api.get("/jobs.xml", page="x")) == (400, "Invalid page.")
    assert error(api.get("/jobs.xml", page=0)) == (400, "Invalid page.")
    sandbox.newest_first = True
    numbers = [row["job_number"] for row in api.rows("/jobs.xml")]
    assert numbers == sorted(numbers, reverse=True)


def test_the_forms_of_the_xml(sandbox: ServiceSidekickSandbox, api: Caller) -> None:
    everything = CHILD_INCLUDES["jobs"]
    text = "".join(api.get("/jobs.xml", include=everything, page=page).text for page in range(1, 5))
    for form in (
        '<jobs type="array">',
        '<job-number type="integer">',
        '<scheduled-on type="dateTime">',
        '<started-on type="datetime">',
        '<self-service type="boolean">',
        '<subtotal type="decimal">',
        '<po-number nil="true"/>',
        '<duration type="decimal" nil="true"/>',
        "<recurring-interval></recurring-interval>",
        '<notes type="array"/>',
        '<tax-entity type="TaxEntity">',
        "<note>Call first.\nDog in the yard.</note>",
        "&lt;soon&gt;",
        "&amp;",
        "👍",
        "-04:00<",
        "-05:00<",
    ):
        assert form in text, form
    assert "CDATA" not in text
    employees = api.get("/employees.xml").text
    assert '<hired-on type="date">' in employees
    customers = api.get("/customers.xml", include="contacts").text
    assert '<latitude type="float">' in customers
    assert '<contact type="CustomerContact">' in customers


def test_rows_hold_secrets_and_the_truth_none(sandbox: ServiceSidekickSandbox, api: Caller) -> None:
    for path, name in (("/employees.xml", "password-digest"), ("/customers.xml", "stripe-customer-id")):
        assert any(element.text for element in api.tree(path).iter(name))
    nested = api.tree("/jobs.xml", include="employees,customer")
    assert any(element.text for element in nested.iter("token"))
    assert not any(
        secret in str(sandbox.truth()) for secret in ("'token'", "password_digest", "cus_", "$2a$")
    )


def test_one_record_and_its_lists(sandbox: ServiceSidekickSandbox, api: Caller) -> None:
    job = next(row for row in sandbox.truth()["jobs"] if row["notes"] and row["time_entries"])
    place = f"/jobs/{job['job_number']}"
    assert parsed(api.tree(f"{place}.xml", include=CHILD_INCLUDES["jobs"])) == job
    assert api.tree(f"{place}.xml").tag == "job"
    assert api.tree("/customers/1.xml").tag == "customers"
    assert parsed(api.tree(f"{place}/notes.xml")) == job["notes"]
    assert api.tree(f"{place}/time_entries.xml").tag == "time-entries"
    assert parsed(api.tree(f"{place}/time_entries.xml")) == job["time_entries"]
    entry = job["time_entries"][0]
    assert parsed(api.tree(f"{place}/time_entries/{entry['id']}.xml")) == entry
    assert error(api.get(f"{place}/time_entries/1.xml")) == (400, "Invalid time entry.")
    task = sandbox.truth()["tasks"][4]
    assert parsed(api.tree(f"/tasks/{task['id']}.xml")) == task
    assert parsed(api.tree("/employees/3.xml")) == sandbox.truth()["employees"][2]
    customer = sandbox.truth()["customers"][0]
    assert parsed(api.tree("/customers/1/notes.xml")) == customer["notes"]


def test_what_is_missing_is_a_400(api: Caller) -> None:
    assert error(api.get("/jobs/99999.xml")) == (400, "Invalid job.")
    assert error(api.get("/customers/99999.xml")) == (400, "Invalid customer.")
    assert error(api.get("/jobs/99999/notes.xml")) == (400, "Invalid job.")
    for path in ("/jobs", "/jobs.json", "/quotes.xml", "/jobs/1/charges.xml"):
        assert api.get(path).status_code == 404, path


def test_own_lists_are_served_to_the_accounts_that_have_them(
    sandbox: ServiceSidekickSandbox, api: Caller
) -> None:
    truth = sandbox.truth()
    assert api.rows("/opportunities.xml") == truth["opportunities"]
    assert api.rows("/invoices.xml") == truth["invoices"]
    job = next(job for job in truth["jobs"] if job["job_charges"])
    charges = f"/jobs/{job['job_number']}/job_charges.xml"
    assert parsed(api.tree(charges)) == job["job_charges"]
    assert error(api.get("/jobs/99999/job_charges.xml")) == (400, "Invalid job.")
    sandbox.wraps_invoices = True
    wrapped = api.tree("/invoices.xml")
    assert wrapped.tag == "hash"
    assert wrapped.find("total-balance-remaining") is not None
    assert wrapped.find("invoices/invoice") is not None
    sandbox.has_own_lists = False
    for path in ("/opportunities.xml", "/invoices.xml", charges):
        assert api.get(path).status_code == 404, path


def test_include_is_honoured_or_absent(sandbox: ServiceSidekickSandbox, api: Caller) -> None:
    assert api.tree("/jobs.xml").find("job/notes") is None
    assert api.tree("/jobs.xml", include="notes").find("job/notes") is not None
    customer = api.tree("/jobs.xml", include="customer").find("job/customer")
    assert customer is not None
    assert customer.get("type") == "Customer"
    with_jobs = next(row for row in api.rows("/customers.xml", include="jobs,tasks") if row["jobs"])
    assert {job["customer_id"] for job in with_jobs["jobs"]} == {with_jobs["id"]}
    below = api.rows(f"/customers/{with_jobs['customer_number']}/jobs.xml")
    assert below == with_jobs["jobs"]
    assert error(api.get("/jobs.xml", include="invoices"))[0] == 400
    sandbox.honours_include = False
    assert api.tree("/jobs.xml", include="notes").find("job/notes") is None


def test_only_takes_underscored_names(api: Caller) -> None:
    row = parsed(api.tree("/jobs.xml", only="job_number,name", include="notes"))[0]
    assert set(row) == {"job_number", "name", "notes"}
    job = api.tree("/jobs.xml", only="job-number,name").find("job")
    assert job is not None
    assert [child.tag for child in job] == ["name"]


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
