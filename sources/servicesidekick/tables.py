"""ServiceSidekick's tables: a table of contents of its API.

No list knows "changed since", and a note or a charge changes without its job's ``updated_at``: every sync
reads all pages with their children and compares whole rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fieldhouse.sources.engine.http.pagination import OneAnswer, PageNumber
from fieldhouse.sources.engine.spec import EmbeddedIn, Record, ServerTime, Table

from . import rows

PAGES = PageNumber("page")
"""30 at a time by the text, 50 and 25 elsewhere: the list ends with an empty page, whatever the size."""
EVERYBODY = OneAnswer(PAGES, sizes=(25, 30, 50))
"""The text lets employees have no pages; as many as a page holds might be one."""


def _by(number: str) -> Callable[[Record, ServerTime], Iterable[Record]]:
    """The key is the id, and the number in URLs where a record has none."""
    return lambda record, moment: [record if "id" in record else {**record, "id": record.get(number)}]


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
            "job_charges": None,
            "time_entries": "jobs/{job_number}/time_entries.xml",
            "notes": "jobs/{job_number}/notes.xml",
        },
        confirm="jobs/{job_number}.xml",
    ),
    Table(
        name="tasks",
        path="tasks.xml",
        row=rows.Task,
        grain="one row per task",
        confirm="tasks/{id}.xml",
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
)
