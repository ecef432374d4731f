"""What the tests must know of ServiceBridge."""

from __future__ import annotations

from fieldhouse.sources.sandbox.sandbox import Sandbox
from fieldhouse.sources.sandbox.servicebridge.api import ServiceBridgeSandbox
from tests.support.vendors.vendor_facts import SmallWorld, SyncFacts, VendorFacts, wild


def signing_in(auth: str) -> Sandbox:
    sandbox = ServiceBridgeSandbox(size=0.05, edge_cases=True)
    sandbox.auth = auth
    sandbox.password = wild("password")
    sandbox.app_secret, sandbox.refresh_token = wild("app_secret"), wild("refresh_token")
    return sandbox


FACTS = VendorFacts(
    tables={
        "customers": ("id", "customers__custom_fields"),
        "contacts": ("id", ""),
        "locations": ("id", ""),
        "work_orders": (
            "id",
            "work_orders__work_order_lines work_orders__visits"
            " work_orders__visits__team_members work_orders__documents work_orders__custom_fields",
        ),
        "estimates": ("id", "estimates__estimate_lines estimates__documents estimates__custom_fields"),
        "invoices": ("id", ""),
        "payments": ("id", ""),
        "leads": ("id", ""),
        "tasks": ("id", ""),
        "assets": ("id", ""),
        "employees": ("id", ""),
        "users": ("id", ""),
        "branches": ("id", ""),
        "companies": ("id", ""),
        "products": ("id", ""),
        "services": ("id", ""),
        "charge_types": ("id", ""),
        "inventory_groups": ("id", ""),
        "units": ("id", ""),
        "customer_categories": ("id", ""),
        "marketing_categories": ("id", ""),
        "marketing_campaigns": ("id", ""),
        "job_categories": ("id", ""),
        "job_templates": ("id", ""),
        "payment_methods": ("id", ""),
        "taxes": ("id", ""),
        "terms": ("id", ""),
        "teams": ("id", ""),
        "sales_representatives": ("id", ""),
        "accounts": ("id", ""),
        "custom_fields": ("id", ""),
    },
    sync=SyncFacts(
        0.14, "work_orders", ("work_orders", "leads", "units"), ("leads", "/Leads"), ("units", "leads")
    ),
    faults=SmallWorld(
        0.04,
        6,
        ("customers", "work_orders", "leads", "products", "teams"),
        ("customers", "work_orders", "leads", "products", "teams"),
        ("customers", "work_orders", "leads", "products"),
        "work_orders",
        ("leads", "/Leads"),
        requests=(16, 14),
        statements=(78, 46),
    ),
    sign_ins={
        "servicebridge": lambda: signing_in("session"),
        "servicebridge oauth": lambda: signing_in("oauth"),
        "servicebridge basic": lambda: signing_in("basic"),
    },
)
