"""ServiceBridge's tables: a table of contents of its API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from fieldhouse.sources.engine.http.pagination import OneAnswer, PageNumber
from fieldhouse.sources.engine.spec import Incremental, Part, Table
from fieldhouse.sources.engine.spec.aliases import filled
from fieldhouse.sources.engine.spec.row import Row

from . import lookups, rows

PAGES = PageNumber("page", "pageSize", 500)
"""500 is the most that the vendor allows; ``page=0`` and ``pageSize=0`` are refused."""
ALL = OneAnswer(PAGES, sizes=(25, 50, 100, 200, 250, 500))
"""Inventory and lookups come whole, and may refuse ``page``; a total above their rows tells of pages."""


def _changed(cursor: datetime) -> dict[str, str]:
    """``changeTime`` is UTC without a zone and knows no fractions."""
    return {"changeTime": cursor.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")}


_SINCE = Incremental(params=_changed, cursor_field="Metadata.UpdatedOn")


_INACTIVE = {"includeInactiveCustomers": {"includeInactiveCustomers": "true"}}
"""Shows the rows of inactive customers, which would look deleted otherwise [public: two clients]."""
_FIELDS = {"includeCustomFields": {"includeCustomFields": "True"}}
"""Shows ``CustomFields`` [public: two clients, which send this text]."""


def _entity(
    name: str, path: str, row: type[Row], grain: str, optional: Mapping[str, Mapping[str, str]] | None = None
) -> Table:
    """An entity that knows ``changeTime``."""
    return Table(
        name=name,
        path=path,
        row=row,
        grain=f"one row per {grain}",
        optional_params=optional or {},
        reshape=filled(row),
        records="Data",
        incremental=_SINCE,
        confirm=f"{path}/{{id}}",
    )


_WITH_FIELDS = (
    "Contact",
    "Location",
    "WorkOrder",
    "Estimate",
    "Invoice",
    "Lead",
    "Asset",
    "Employee",
    "Inventory",
)
"""Further entities whose custom fields have definitions of their own [inferred: the entities that show values]."""


def _type(entity: str) -> Part:
    """The definitions of one entity: left out where the vendor refuses ``type``, or shows all of them at once."""
    return Part(optional={"type": {}, f"type {entity}": {"type": entity}}, is_variant=True)


def _list(
    name: str,
    path: str,
    row: type[Row],
    grain: str,
    optional: Mapping[str, Mapping[str, str]] | None = None,
    *,
    parts: tuple[Part, ...] = (Part(),),
) -> Table:
    """A list that is read as a whole: inventory and lookups."""
    return Table(
        name=name,
        path=path,
        row=row,
        grain=f"one row per {grain}",
        optional_params=optional or {},
        parts=parts,
        records="Data",
        pager=ALL,
        confirm=f"{path}/{{id}}",
    )


TABLES = (
    _entity("customers", "Customers", rows.Customer, "customer", {**_INACTIVE, **_FIELDS}),
    _entity("contacts", "Contacts", rows.Contact, "contact of a customer", {**_INACTIVE, **_FIELDS}),
    _entity("locations", "Locations", rows.Location, "place where work is done", {**_INACTIVE, **_FIELDS}),
    _entity("work_orders", "WorkOrders", rows.WorkOrder, "work order", _INACTIVE),
    _entity("estimates", "Estimates", rows.Estimate, "estimate", _INACTIVE),
    _entity("invoices", "Invoices", rows.Invoice, "invoice"),
    _entity("payments", "Payments", rows.Payment, "payment"),
    _entity("leads", "Leads", rows.Lead, "lead"),
    _entity("tasks", "Tasks", rows.Task, "task"),
    _entity("assets", "Assets", rows.Asset, "customer's asset"),
    _entity("employees", "Employees", rows.Employee, "employee", _FIELDS),
    _entity("users", "Users", rows.User, "user of the account"),
    _entity("branches", "Branches", rows.Place, "branch of the company"),
    _entity("companies", "Companies", rows.Place, "company"),
    _list("products", "Inventory/Products", lookups.Stock, "product", _FIELDS),
    _list("services", "Inventory/Services", lookups.Stock, "service", _FIELDS),
    _list("charge_types", "Inventory/ChargeTypes", lookups.ChargeType, "type of charge"),
    _list("inventory_groups", "Inventory/Groups", lookups.Named, "group of products and services"),
    _list("units", "Inventory/Units", lookups.Named, "unit of quantities"),
    _list("customer_categories", "CustomerCategories", lookups.Named, "category of customers"),
    _list("marketing_categories", "MarketingCategories", lookups.Named, "category of leads"),
    _list("marketing_campaigns", "MarketingCampaigns", lookups.MarketingCampaign, "campaign"),
    _list("job_categories", "JobCategories", lookups.Named, "category of jobs"),
    _list("job_templates", "JobTemplates", lookups.JobTemplate, "template of jobs"),
    _list("payment_methods", "PaymentMethods", lookups.Named, "method of payment"),
    _list("taxes", "Taxes", lookups.Tax, "tax"),
    _list("terms", "Terms", lookups.Term, "payment term"),
    _list("teams", "Teams", lookups.Team, "team of employees"),
    _list("sales_representatives", "SalesRepresentatives", lookups.Named, "sales representative"),
    _list("accounts", "Accounting/Accounts", lookups.Account, "account of the bookkeeping"),
    _list(
        "custom_fields",
        "CustomFields",
        lookups.FieldDefinition,
        "definition of a custom field",
        {"type": {"type": "Customer"}},
        parts=(Part(), *(_type(name) for name in _WITH_FIELDS)),
    ),  # a public client must name a type; without it some accounts answer HTTP 400
)
