"""References of ServiceBridge's rows: ``{"Id", "Name"}``, the name as it was when the row was written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fieldhouse.sources.engine.spec.row import Int, Row, Text, Timestamp, column


class Ref(Row):
    id: Int = column("id of what is meant", example=8600000007)
    name: Text = column("its name or number")


class Person(Row):
    id: Int = column("user", references="users.id")
    name: Text = column("the user's name", personal=True)


class BranchRef(Ref):
    id: Int = column("branch", references="branches.id")


class ContactRef(Row):
    id: Int = column("contact", references="contacts.id")
    name: Text = column("the contact's name", personal=True)


class CustomerRef(Row):
    id: Int = column("customer", references="customers.id")
    name: Text = column("the customer's name", personal=True)


class CustomerCategoryRef(Ref):
    id: Int = column("category", references="customer_categories.id")


def _full_name(record: Mapping[str, Any]) -> str | None:
    names = (record.get("FirstName"), record.get("LastName"))
    return " ".join(str(name) for name in names if name) or None


class EmployeeRef(Row):
    id: Int = column("employee", references="employees.id", aliases=("EmployeeId",))
    name: Text = column("the employee's name", personal=True, aliases=(_full_name,))
    first_name: Text = column("given name, where the name comes in parts", personal=True)
    last_name: Text = column("family name, where the name comes in parts", personal=True)
    email: Text = column("address, where it comes", personal=True)


class InventoryGroupRef(Ref):
    id: Int = column("group", references="inventory_groups.id")


class InvoiceRef(Ref):
    id: Int = column("invoice", references="invoices.id")


class JobCategoryRef(Ref):
    id: Int = column("category", references="job_categories.id")


class LocationRef(Ref):
    id: Int = column("location", references="locations.id")


class MarketingCampaignRef(Ref):
    id: Int = column("campaign", references="marketing_campaigns.id")


class MarketingCategoryRef(Ref):
    id: Int = column("category", references="marketing_categories.id")


class PaymentMethodRef(Ref):
    id: Int = column("method", references="payment_methods.id")


class ProductRef(Ref):
    id: Int = column("product", references="products.id")


class SalesRepresentativeRef(Row):
    id: Int = column("representative", references="sales_representatives.id")
    name: Text = column("the representative's name", personal=True)


class ServiceRef(Ref):
    id: Int = column("service", references="services.id")


class TaxRef(Ref):
    id: Int = column("tax", references="taxes.id")


class TeamRef(Ref):
    id: Int = column("team", references="teams.id")


class TermRef(Ref):
    id: Int = column("term", references="terms.id")


class UnitRef(Ref):
    id: Int = column("unit", references="units.id")


class WorkOrderRef(Ref):
    id: Int = column("work order", references="work_orders.id")


class Metadata(Row):
    created_on: Timestamp = column("when the row was made; sent without a zone, in UTC")
    updated_on: Timestamp = column("when it last changed; what changeTime compares with")
    created_by: Person = column("who made it")
    updated_by: Person = column("who changed it last")
    version: Int = column("grows by one with every change")


class Address(Row):
    line1: Text = column("street", personal=True)
    line2: Text = column("second line", personal=True)
    city: Text = column("city", personal=True)
    state: Text = column("state or province", example="GA")
    postal_code: Text = column("ZIP or postal code", personal=True)
    country: Text = column("country code", example="US")


class CustomField(Row):
    name: Text = column("name of the field", example="Gate code")
    value: Text = column("its value as text", personal=True)


class Document(Row):
    id: Int = column("id of the file", example=8600000007)
    name: Text = column("file name", example="photo.jpg")
    content_type: Text = column("media type", example="image/jpeg")
    size: Int = column("size of the file", unit="bytes")


class Entity(Row):
    """What every row has."""

    id: Int = column("unique in the account; beyond 32 bits", example=8600000007)
    metadata: Metadata = column("who made and changed it, and when")
