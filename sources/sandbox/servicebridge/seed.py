"""What is in the ServiceBridge sandbox: its 31 entities and believable rows for each.

Rows are PascalCase with references as ``{"Id", "Name"}``, as public clients of the vendor show them. A
reference keeps the name that it was written with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fieldhouse.sources.sandbox.sandbox import Record
from fieldhouse.sources.sandbox.words import CITIES, COMPANIES, FIRST_NAMES, JOBS, LAST_NAMES, PARTS, REMARKS

from .generators import Generator, stamp


def _customer(o: Generator) -> Record:
    name = f"{o.dice.choice(COMPANIES)} {o.number()}" if o.chance(0.4) else o.person()
    return {
        "Name": name,
        "AccountNumber": None if o.chance(0.3) else f"C-{o.number()}",
        "IsActive": not o.chance(0.1),
        "CustomerCategory": o.ref("customer_categories", 0.2),
        "MarketingCampaign": o.ref("marketing_campaigns", 0.5),
        "Branch": o.ref("branches"),
        "Term": o.ref("terms", 0.3),
        "Tax": o.ref("taxes", 0.2),
        "Email": None if o.chance(0.2) else f"customer{o.number()}@example.com",
        "Phone": o.phone(),
        "BillingAddress": o.address(),
        "Balance": o.money(),
        "CreditLimit": None if o.chance(0.6) else o.money(10_000),
        "Note": o.maybe(REMARKS, 0.5),
        "CustomFields": o.custom_fields(),
    }


def _contact(o: Generator) -> Record:
    first, last = o.dice.choice(FIRST_NAMES), o.dice.choice(LAST_NAMES)
    return {
        "Name": f"{first} {last}",
        "FirstName": first,
        "LastName": last,
        "Customer": o.ref("customers"),
        "Title": o.maybe(("Owner", "Manager", "Tenant"), 0.4),
        "Email": None if o.chance(0.2) else f"contact{o.number()}@example.com",
        "Phone": o.phone(),
        "IsPrimary": o.chance(0.5),
        "IsActive": not o.chance(0.05),
    }


def _location(o: Generator) -> Record:
    return {
        "Name": o.dice.choice(("Home", "Office", "Warehouse", "Église", "Unit A & B")),
        "Customer": o.ref("customers"),
        "Contact": o.ref("contacts", 0.3),
        "Address": o.address(),
        "Latitude": None if o.chance(0.2) else round(o.dice.uniform(30, 45), 6),
        "Longitude": None if o.chance(0.2) else round(o.dice.uniform(-95, -70), 6),
        "Note": o.maybe(REMARKS, 0.6),
    }


def _job(o: Generator, prefix: str) -> Record:
    return {
        "Number": f"{prefix} {o.number()}",
        "Customer": o.ref("customers"),
        "Location": o.ref("locations"),
        "Contact": o.ref("contacts", 0.3),
        "Branch": o.ref("branches"),
        "JobCategory": o.ref("job_categories", 0.1),
        "SalesRepresentative": o.ref("sales_representatives", 0.5),
        "MarketingCampaign": o.ref("marketing_campaigns", 0.6),
        "Description": o.maybe(JOBS, 0.1),
        "Note": o.maybe(REMARKS, 0.5),
    }


def _work_order(o: Generator) -> Record:
    lines = o.lines()
    return {
        **_job(o, "WO"),
        "Status": o.dice.choice(("New", "Scheduled", "InProgress", "Completed", "Invoiced", "Canceled")),
        "Priority": o.dice.choice(("Low", "Normal", "High")),
        "Date": stamp(o.past(500).replace(hour=0, minute=0, second=0, microsecond=0)),
        "IsRecurring": o.chance(0.2),
        **o.totals(lines),
        "WorkOrderLines": lines,
        "Visits": [o.visit(number + 1) for number in range(o.dice.choice((0, 1, 1, 2, 3)))],
        "Documents": o.documents(),
        "CustomFields": o.custom_fields(),
    }


def _estimate(o: Generator) -> Record:
    lines = o.lines()
    return {
        **_job(o, "ES"),
        "Status": o.dice.choice(("Draft", "Sent", "Won", "Lost")),
        "ExpirationDate": None if o.chance(0.3) else o.moment(),
        **o.totals(lines),
        "EstimateLines": lines,
        "Documents": o.documents(),
        "CustomFields": o.custom_fields(),
    }


def _invoice(o: Generator) -> Record:
    total = o.money(2500)
    return {
        "Number": f"INV {o.number()}",
        "Customer": o.ref("customers"),
        "WorkOrder": o.ref("work_orders", 0.1),
        "Status": o.dice.choice(("Unpaid", "PartiallyPaid", "Paid", "Void")),
        "Date": o.moment(),
        "DueDate": None if o.chance(0.2) else o.moment(),
        "Term": o.ref("terms", 0.2),
        "Total": total,
        "Balance": total if o.chance(0.4) else 0.0,
    }


def _payment(o: Generator) -> Record:
    return {
        "Number": f"P-{o.number()}",
        "Customer": o.ref("customers"),
        "Invoice": o.ref("invoices", 0.1),
        "PaymentMethod": o.ref("payment_methods"),
        "Date": o.moment(),
        "Amount": o.money(2500),
        "CheckNumber": None if o.chance(0.7) else str(o.number()),
    }


def _lead(o: Generator) -> Record:
    return {
        "Name": o.person(),
        "Status": o.dice.choice(("New", "Contacted", "Converted", "Lost")),
        "MarketingCategory": o.ref("marketing_categories", 0.3),
        "Customer": o.ref("customers", 0.7),
        "Phone": o.phone(),
        "Note": o.maybe(REMARKS, 0.4),
        "ExpectedAmount": None if o.chance(0.4) else o.money(5000),
    }


def _task(o: Generator) -> Record:
    return {
        "Name": o.dice.choice(JOBS),
        "AssignedTo": o.ref("employees", 0.2),
        "Customer": o.ref("customers", 0.4),
        "DueDate": None if o.chance(0.3) else o.moment(),
        "IsCompleted": o.chance(0.5),
        "Description": o.maybe(REMARKS, 0.4),
    }


def _asset(o: Generator) -> Record:
    return {
        "Name": o.dice.choice(PARTS),
        "Customer": o.ref("customers"),
        "Location": o.ref("locations", 0.2),
        "SerialNumber": None if o.chance(0.2) else f"SN{o.number():08}",
        "InstalledOn": None if o.chance(0.3) else o.moment(),
        "WarrantyMonths": o.dice.choice((None, 12, 24, 60)),
    }


def _employee(o: Generator) -> Record:
    return {
        "Name": o.person(),
        "Email": None if o.chance(0.1) else f"employee{o.number()}@example.com",
        "Phone": o.phone(),
        "Branch": o.ref("branches"),
        "HourlyRate": o.money(60),
        "HiredOn": o.moment(),
        "IsActive": not o.chance(0.15),
    }


def _user(o: Generator) -> Record:
    return {
        "Name": o.person(),
        "UserName": f"user{o.number()}",
        "Role": o.maybe(("Admin", "Dispatch")),
        "IsActive": True,
    }


def _place(o: Generator) -> Record:
    return {"Name": f"{o.dice.choice(CITIES)[0]} {o.number()}", "Address": o.address(), "Phone": o.phone()}


def _stock(o: Generator) -> Record:
    return {
        "Name": f"{o.dice.choice(PARTS + JOBS)} {o.number()}",
        "Code": f"SKU-{o.number()}",
        "Group": o.ref("inventory_groups", 0.2),
        "Unit": o.ref("units", 0.1),
        "Price": o.money(400),
        "Cost": None if o.chance(0.2) else o.money(250),
        "IsTaxable": o.chance(0.7),
        "IsActive": not o.chance(0.05),
    }


def _word(*words: str, **more: Callable[[Generator], Any]) -> Callable[[Generator], Record]:
    """A lookup: a name out of ``words``, made unlike the others, and what ``more`` adds."""

    def build(o: Generator) -> Record:
        fields = {name: of(o) for name, of in more.items()}
        return {"Name": f"{o.dice.choice(words)} {o.number()}", "IsActive": not o.chance(0.05), **fields}

    return build


@dataclass(frozen=True)
class Entity:
    """``path`` below the version; ``rows`` at size 1.0; ``paged`` False for lookups, which answer whole."""

    table: str
    path: str
    rows: int
    build: Callable[[Generator], Record]
    changes: bool = False
    paged: bool = True


def _lookup(table: str, path: str, rows: int, build: Callable[[Generator], Record]) -> Entity:
    return Entity(table, path, rows, build, paged=False)


ENTITIES = (
    Entity("users", "/Users", 12, _user, changes=True),
    Entity("companies", "/Companies", 2, _place, changes=True),
    Entity("branches", "/Branches", 3, _place, changes=True),
    Entity("employees", "/Employees", 30, _employee, changes=True),
    _lookup("customer_categories", "/CustomerCategories", 6, _word("Residential", "Commercial", "VIP")),
    _lookup("marketing_categories", "/MarketingCategories", 5, _word("Web", "Radio", "Referral")),
    _lookup(
        "marketing_campaigns",
        "/MarketingCampaigns",
        12,
        _word("Groupon", "WGN Radio", Cost=lambda o: o.money()),
    ),
    _lookup("job_categories", "/JobCategories", 8, _word("Repair", "Install", "Inspection")),
    _lookup(
        "job_templates", "/JobTemplates", 10, _word(*JOBS, JobCategory=lambda o: o.ref("job_categories"))
    ),
    _lookup("payment_methods", "/PaymentMethods", 6, _word("Cash", "Check", "Card")),
    _lookup("taxes", "/Taxes", 5, _word("State", "County", Rate=lambda o: round(o.dice.uniform(0, 9), 3))),
    _lookup("terms", "/Terms", 4, _word("Net", "Due on receipt", Days=lambda o: o.dice.choice((0, 15, 30)))),
    _lookup("teams", "/Teams", 5, _word("Crew", "Équipe", Leader=lambda o: o.ref("employees", 0.2))),
    _lookup("sales_representatives", "/SalesRepresentatives", 8, _word(*FIRST_NAMES)),
    _lookup(
        "accounts", "/Accounting/Accounts", 15, _word("Sales", "Materials", "Bank", Type=lambda o: "Income")
    ),
    _lookup("custom_fields", "/CustomFields", 9, _word("Gate code", "Roof type", FieldType=lambda o: "Text")),
    Entity("inventory_groups", "/Inventory/Groups", 10, _word("Parts", "Labor", "Kits")),
    Entity("units", "/Inventory/Units", 8, _word("Each", "Hour", "m²")),
    Entity("charge_types", "/Inventory/ChargeTypes", 8, _word("Trip", "Fuel", Amount=lambda o: o.money(90))),
    Entity("products", "/Inventory/Products", 120, _stock),
    Entity("services", "/Inventory/Services", 60, _stock),
    Entity("customers", "/Customers", 300, _customer, changes=True),
    Entity("contacts", "/Contacts", 400, _contact, changes=True),
    Entity("locations", "/Locations", 350, _location, changes=True),
    Entity("work_orders", "/WorkOrders", 450, _work_order, changes=True),
    Entity("estimates", "/Estimates", 150, _estimate, changes=True),
    Entity("invoices", "/Invoices", 300, _invoice, changes=True),
    Entity("payments", "/Payments", 250, _payment, changes=True),
    Entity("leads", "/Leads", 80, _lead, changes=True),
    Entity("tasks", "/Tasks", 150, _task, changes=True),
    Entity("assets", "/Assets", 200, _asset, changes=True),
)
"""In an order in which references find what they point to. ``changes``: the 14 that know ``changeTime``."""
