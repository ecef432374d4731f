"""The rows of ServiceBridge's tables. Times have no zone and are UTC; money is in the account's currency."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from fieldhouse.sources.engine.spec.row import (
    Alias,
    Bool,
    Decimal,
    Float,
    Int,
    Row,
    Text,
    Timestamp,
    column,
)

from .refs import (
    Address,
    BranchRef,
    ContactRef,
    CustomerCategoryRef,
    CustomerRef,
    CustomField,
    Document,
    EmployeeRef,
    Entity,
    InvoiceRef,
    JobCategoryRef,
    LocationRef,
    MarketingCampaignRef,
    MarketingCategoryRef,
    PaymentMethodRef,
    ProductRef,
    SalesRepresentativeRef,
    ServiceRef,
    TaxRef,
    TeamRef,
    TermRef,
    UnitRef,
    WorkOrderRef,
)

_MONEY = "account currency"


_ADDRESS = {
    "Line1": "AddressLine1",
    "Line2": "AddressLine2",
    "City": "City",
    "State": "State",
    "PostalCode": "PostalCode",
    "Country": "Country",
}


def _address(record: Mapping[str, Any]) -> dict[str, Any] | None:
    """An address whose parts are fields of the place itself, as public clients read it."""
    if "AddressLine1" not in record and "PostalCode" not in record:
        return None
    return {part: record[key] for part, key in _ADDRESS.items() if record.get(key) is not None}


def _sold(*kinds: str) -> Alias:
    """The ``Inventory`` of a line where it is of one of these kinds, as ``{Id, Name}``."""

    def reference(record: Mapping[str, Any]) -> dict[str, Any] | None:
        item = record.get("Inventory")
        if not isinstance(item, Mapping) or str(item.get("Type") or "Product") not in kinds:
            return None
        return {"Id": item.get("Id"), "Name": item.get("Name")}

    return reference


def _visit_start(record: Mapping[str, Any]) -> str | None:
    """``Date`` at midnight and ``Time`` in minutes after it, as public clients read them."""
    day, minutes = record.get("Date"), record.get("Time")
    try:
        start = datetime.fromisoformat(str(day)) + timedelta(minutes=int(minutes or 0))
    except (TypeError, ValueError, OverflowError):
        return None
    return start.isoformat()


class InventoryRef(Row):
    """What a line sells, by public clients."""

    id: Int = column("id of the product or the service")
    name: Text = column("its name")
    sku: Text = column("stock keeping unit", name="sku")
    type: Text = column("Product or Service", example="Product")


class Customer(Entity):
    name: Text = column("person or company", personal=True, aliases=("DisplayName", "CompanyName"))
    display_name: Text = column("the name on screen, by public clients", personal=True)
    company_name: Text = column("the company, by public clients", personal=True)
    account_number: Text = column("the company's own number for the customer", example="C-301")
    is_active: Bool = column("inactive customers are hidden unless the request asks for them")
    customer_category: CustomerCategoryRef = column("category")
    marketing_campaign: MarketingCampaignRef = column("campaign that brought the customer")
    branch: BranchRef = column("branch that serves the customer")
    term: TermRef = column("payment term")
    tax: TaxRef = column("tax that applies")
    email: Text = column("address", personal=True)
    phone: Text = column("number", personal=True)
    billing_address: Address = column("where invoices go")
    balance: Decimal = column("what the customer owes", unit=_MONEY)
    credit_limit: Decimal = column("credit limit", unit=_MONEY)
    note: Text = column("free text", personal=True)
    custom_fields: list[CustomField] = column("values of custom fields, a row each")


class Contact(Entity):
    name: Text = column("full name", personal=True)
    first_name: Text = column("given name", personal=True)
    last_name: Text = column("family name", personal=True)
    customer: CustomerRef = column("whose contact it is")
    title: Text = column("role or title", personal=True)
    email: Text = column("address", personal=True)
    phone: Text = column("number", personal=True, aliases=("PhoneNumber", "CellPhoneNumber"))
    phone_number: Text = column("number, by public clients", personal=True)
    cell_phone_number: Text = column("mobile number, by public clients", personal=True)
    is_primary: Bool = column("the customer's first contact")
    is_active: Bool = column("in use")


class Location(Entity):
    name: Text = column("what the place is called", example="Warehouse")
    customer: CustomerRef = column("whose place it is")
    contact: ContactRef = column("who is met there")
    address: Address = column("where it is", aliases=(_address,))
    address_line1: Text = column("street, by public clients", personal=True)
    address_line2: Text = column("second line, by public clients", personal=True)
    city: Text = column("city, by public clients", personal=True)
    postal_code: Text = column("ZIP or postal code, by public clients", personal=True)
    latitude: Float = column("WGS 84", unit="degrees", personal=True)
    longitude: Float = column("WGS 84", unit="degrees", personal=True)
    note: Text = column("free text", personal=True)


class Line(Row):
    id: Int = column("id of the line")
    product: ProductRef = column("what is sold, where it is a product", aliases=(_sold("Product"),))
    service: ServiceRef = column("what is sold, where it is a service", aliases=(_sold("Service"),))
    inventory: InventoryRef = column("what is sold, by public clients")
    price_before_service_agreement: Decimal = column("price without the agreement's discount", unit=_MONEY)
    description: Text = column("what is sold, as printed")
    quantity: Decimal = column("how many", unit="the line's unit")
    unit: UnitRef = column("unit of the quantity")
    price: Decimal = column("price of one unit", unit=_MONEY)
    total: Decimal = column("quantity times price", unit=_MONEY)
    is_taxable: Bool = column("taxes are added")


class Visit(Row):
    id: Int = column("id of the visit")
    number: Text = column("number within the work order", example="PV 1")
    status: Text = column("where the visit stands", example="Scheduled")
    start_time: Timestamp = column("planned start", aliases=(_visit_start,))
    date: Timestamp = column("planned day, at midnight, by public clients")
    time: Int = column("planned start, by public clients", unit="minutes after midnight")
    finish_time: Timestamp = column("planned end")
    team: TeamRef = column("the team that goes")
    team_members: list[EmployeeRef] = column("who goes")


class Job(Entity):
    """What work orders and estimates share."""

    number: Text = column(
        "the number on screen", example="WO 301", aliases=("WorkOrderNumber", "EstimateNumber")
    )
    customer: CustomerRef = column("for whom")
    location: LocationRef = column("where")
    contact: ContactRef = column("who is met there")
    branch: BranchRef = column("branch that does it")
    job_category: JobCategoryRef = column("category")
    sales_representative: SalesRepresentativeRef = column("who sold it")
    marketing_campaign: MarketingCampaignRef = column("campaign that brought it")
    description: Text = column("free text", personal=True)
    note: Text = column("free text", personal=True)
    status: Text = column("where it stands", example="Scheduled")
    subtotal: Decimal = column("sum of the lines", unit=_MONEY)
    tax_total: Decimal = column("taxes", unit=_MONEY)
    total: Decimal = column("sum with taxes", unit=_MONEY)
    documents: list[Document] = column("files")
    custom_fields: list[CustomField] = column("values of custom fields, a row each")


class WorkOrder(Job):
    priority: Text = column("Low, Normal or High", example="Normal")
    work_order_number: Text = column("the number on screen, by public clients", example="WO 301")
    date: Timestamp = column("day of the work, at midnight", aliases=("WorkOrderDate",))
    work_order_date: Timestamp = column("day of the work, by public clients")
    date_finished: Timestamp = column("when the work was done, by public clients")
    is_recurring: Bool = column("comes again on a schedule")
    work_order_lines: list[Line] = column("what is sold, line by line")
    visits: list[Visit] = column("planned visits")


class Estimate(Job):
    estimate_number: Text = column("the number on screen, by public clients", example="E 301")
    won_or_lost_date: Timestamp = column("when the customer decided, by public clients")
    expiration_date: Timestamp = column("until when the estimate holds")
    estimate_lines: list[Line] = column("what is offered, line by line")


class Invoice(Entity):
    number: Text = column("the number on screen", example="INV 301")
    customer: CustomerRef = column("who pays")
    work_order: WorkOrderRef = column("what is invoiced")
    status: Text = column("Unpaid, PartiallyPaid, Paid, Void", example="Unpaid")
    date: Timestamp = column("date of the invoice")
    due_date: Timestamp = column("when it is due")
    term: TermRef = column("payment term")
    total: Decimal = column("sum", unit=_MONEY)
    balance: Decimal = column("what is still owed", unit=_MONEY)


class Payment(Entity):
    number: Text = column("the number on screen", example="P-301")
    customer: CustomerRef = column("who paid")
    invoice: InvoiceRef = column("what was paid")
    payment_method: PaymentMethodRef = column("how")
    date: Timestamp = column("when")
    amount: Decimal = column("how much", unit=_MONEY)
    check_number: Text = column("number of the check, where it was one")


class Lead(Entity):
    name: Text = column("who may become a customer", personal=True)
    status: Text = column("where it stands", example="Contacted")
    marketing_category: MarketingCategoryRef = column("category")
    customer: CustomerRef = column("the customer that it became")
    phone: Text = column("number", personal=True)
    note: Text = column("free text", personal=True)
    expected_amount: Decimal = column("what it may bring", unit=_MONEY)


class Task(Entity):
    name: Text = column("what is to do")
    assigned_to: EmployeeRef = column("who does it")
    customer: CustomerRef = column("for whom")
    due_date: Timestamp = column("until when")
    is_completed: Bool = column("done")
    description: Text = column("what is to be done: free text", personal=True)


class Asset(Entity):
    name: Text = column("what it is", example="Condenser fan motor")
    customer: CustomerRef = column("whose it is")
    location: LocationRef = column("where it is")
    serial_number: Text = column("serial number", example="SN00000301")
    installed_on: Timestamp = column("when it was installed")
    warranty_months: Int = column("length of the warranty", unit="months")


class Employee(Entity):
    name: Text = column("full name", personal=True)
    email: Text = column("address", personal=True)
    phone: Text = column("number", personal=True)
    branch: BranchRef = column("where the employee works")
    hourly_rate: Decimal = column("cost of an hour", unit=_MONEY, personal=True)
    hired_on: Timestamp = column("first day", personal=True)
    is_active: Bool = column("works here still")


class User(Entity):
    name: Text = column("full name", personal=True)
    user_name: Text = column("sign-in name", personal=True)
    role: Text = column("role in the account", example="Dispatch")
    is_active: Bool = column("may sign in")


class Place(Entity):
    """A branch or a company."""

    name: Text = column("what it is called")
    address: Address = column("where it is")
    phone: Text = column("number")
