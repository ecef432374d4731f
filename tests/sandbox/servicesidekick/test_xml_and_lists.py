"""The ServiceSidekick sandbox: its XML, its lists, and its truth against a crawl."""

from __future__ import annotations

import httpx

from fieldhouse.sources.sandbox.servicesidekick.api import ServiceSidekickSandbox
from tests.sandbox.servicesidekick.calls import CHILD_INCLUDES, Caller, assert_equals_truth, error, parsed


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
