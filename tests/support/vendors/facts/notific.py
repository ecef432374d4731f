"""What the tests must know of Notific."""

from __future__ import annotations

from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.sources.sandbox.sandbox import Sandbox
from tests.support.vendors.vendor_facts import SmallWorld, SyncFacts, VendorFacts, canary


def by_key() -> Sandbox:
    sandbox = NotificSandbox(size=0.05, edge_cases=True)
    sandbox.api_key = canary("api_key")
    return sandbox


FACTS = VendorFacts(
    tables={
        "tickets": ("id", ""),
        "customers": ("id", "customers__services"),
        "services": ("id", ""),
        "operators": ("id", ""),
    },
    sync=SyncFacts(
        0.2, "tickets", ("tickets", "customers"), ("operators", "/Operators"), ("services", "operators")
    ),
    faults=SmallWorld(
        0.1,
        0,
        ("tickets", "customers", "services", "operators"),
        ("tickets", "customers", "services"),
        ("tickets", "customers"),
        "tickets",
        ("operators", "/Operators"),
        requests=(4, 4),
        statements=(56, 42),
    ),
    sign_ins={"notific": by_key},
    undeclared=("tickets.operator_id", "tickets.service_id", "tickets__customer_ids."),
)
