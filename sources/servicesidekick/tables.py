"""ServiceSidekick's tables: a table of contents of its API.

No list knows "changed since", and a note or a charge changes without its job's ``updated_at``: every sync
reads all pages with their children and compares whole rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from fieldhouse.sources.engine.http.pagination import OneAnswer, PageNumber
from fieldhouse.sources.engine.spec import EmbeddedIn, OptionalList, Record, RowFilter, ServerTime, Table
from fieldhouse.sources.engine.spec.row_filter import NOBODY

from . import rows

PAGES = PageNumber("page")
"""30 at a time by the text, 50 and 25 elsewhere: the list ends with an empty page, whatever the size."""
EVERYBODY = OneAnswer(PAGES, sizes=(25, 30, 50))
"""The text lets employees have no pages; as many as a page holds might be one."""


def _by(number: str) -> Callable[[Record, ServerTime], Iterable[Record]]:
    """The key is the id, and the number in URLs where a record has none."""
    return lambda record, moment: [record if "id" in record else {**record, "id": record.get(number)}]


_DAYS = {
    "today": "tomorrow",
    "tomorrow": "today",
    "yesterday": "today",
    "this_week": "next_week",
    "next_week": "this_week",
    "last_week": "this_week",
    "this_month": "next_month",
    "next_month": "this_month",
    "last_month": "this_month",
}
"""The vendor's smart values for dates, and others that no row meets at the same time."""
_STATES = {"in_progress": "completed", "completed": "uncompleted", "uncompleted": "completed"}


def _one_of(name: str, others: Mapping[str, str]) -> dict[str, RowFilter]:
    """A filter with fixed values, each with one that excludes it."""
    return {
        name: RowFilter(
            params=lambda wanted: {name: wanted[0]}, other=others.__getitem__, values=tuple(others)
        )
    }


def _equal(*names: str, nobody: str = NOBODY) -> dict[str, RowFilter]:
    """Filters by any value; ``nobody`` is one that no record has. Records need not show what they compare."""
    return {
        name: RowFilter(params=lambda wanted, name=name: {name: wanted[0]}, other=lambda value: nobody)  # type: ignore[misc]
        for name in names
    }


_ADDRESS = ("address", "city", "zip_code", "state", "country")
_BOTH = {"true": "false", "false": "true"}

TABLES = (
    Table(
        name="customers",
        path="customers.xml",
        row=rows.Customer,
        reshape=_by("customer_number"),
        grain="one row per customer",
        params={"include": "contacts,notes,tax_entity"},
        missing_lists={"contacts": None, "notes": "customers/{customer_number}/notes.xml"},
        confirm="customers/{customer_number}.xml",
        filters=_equal("customer_number")
        | _equal(
            *("name", "phone_number", "fax", "email_address"),
            *(f"{place}_{part}" for place in ("service", "billing") for part in _ADDRESS),
            nobody="no such value",
        ),
    ),
    Table(
        name="jobs",
        path="jobs.xml",
        row=rows.Job,
        reshape=_by("job_number"),
        grain="one row per job",
        params={"include": "employees,job_charges,time_entries,notes,job_type,job_status,tax_entity"},
        missing_lists={
            "employees": None,
            "job_charges": OptionalList("jobs/{job_number}/job_charges.xml"),
            "time_entries": "jobs/{job_number}/time_entries.xml",
            "notes": "jobs/{job_number}/notes.xml",
        },
        confirm="jobs/{job_number}.xml",
        filters=_one_of("scheduled", _DAYS)
        | _one_of("state", _STATES)
        | _equal("employee_number", "job_type_id", "job_status_id"),
    ),
    Table(
        name="tasks",
        path="tasks.xml",
        row=rows.Task,
        grain="one row per task",
        confirm="tasks/{id}.xml",
        filters=_equal("employee_number") | _one_of("completed", _BOTH) | _one_of("scheduled_at", _DAYS),
    ),
    Table(
        name="employees",
        path="employees.xml",
        row=rows.Employee,
        reshape=_by("employee_number"),
        grain="one row per employee, active or not",
        pager=EVERYBODY,
        deletes="never",  # "can be made inactive but cannot be deleted"
    ),
    Table(
        name="job_types",
        path="jobs.xml",
        row=rows.JobType,
        grain="one row per type of job that was ever seen in a job",
        embedded_in=(EmbeddedIn("jobs", "job_type"),),
        deletes="never",
    ),
    Table(
        name="job_statuses",
        path="jobs.xml",
        row=rows.JobStatus,
        grain="one row per status that was ever seen in a job",
        embedded_in=(EmbeddedIn("jobs", "job_status"),),
        deletes="never",
    ),
    Table(
        name="tax_entities",
        path="jobs.xml",
        row=rows.TaxEntity,
        grain="one row per tax that was ever seen in a customer or a job",
        embedded_in=(EmbeddedIn("customers", "tax_entity"), EmbeddedIn("jobs", "tax_entity")),
        deletes="never",
    ),
    Table(
        name="opportunities",
        path="opportunities.xml",
        row=rows.Opportunity,
        reshape=_by("job_number"),
        grain="one row per opportunity that is not a job yet",
        is_optional=True,
    ),
    Table(
        name="invoices",
        path="invoices.xml",
        row=rows.Invoice,
        reshape=_by("job_number"),
        grain="one row per invoice, which is a job with what it charges",
        records="invoices",
        is_optional=True,
    ),
)
