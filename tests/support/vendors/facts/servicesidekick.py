"""What the tests must know of ServiceSidekick."""

from __future__ import annotations

from fieldhouse.sources.sandbox.sandbox import Sandbox
from fieldhouse.sources.sandbox.servicesidekick.api import ServiceSidekickSandbox
from tests.support.vendors.vendor_facts import SmallWorld, SyncFacts, VendorFacts, canary


def by_token() -> Sandbox:
    sandbox = ServiceSidekickSandbox(size=0.05, edge_cases=True)
    sandbox.token = canary("token")
    return sandbox


FACTS = VendorFacts(
    tables={
        "customers": ("id", "customers__contacts customers__notes"),
        "jobs": ("id", "jobs__employees jobs__job_charges jobs__time_entries jobs__notes"),
        "tasks": ("id", ""),
        "employees": ("id", ""),
        "job_types": ("id", ""),
        "job_statuses": ("id", ""),
        "tax_entities": ("id", ""),
        "opportunities": ("id", ""),
        "invoices": ("id", "invoices__tasks"),
    },
    sync=SyncFacts(0.2, "jobs", ("jobs", "customers", "tasks"), ("tasks", "/tasks"), ("employees", "tasks")),
    faults=SmallWorld(
        0.06,
        5,
        ("customers", "jobs", "tasks", "employees", "job_types"),
        ("customers", "jobs", "tasks", "employees"),
        ("customers", "jobs", "tasks"),
        "jobs",
        ("tasks", "/tasks"),
        requests=(12, 12),
        statements=(78, 44),
    ),
    sign_ins={"servicesidekick": by_token},
)
