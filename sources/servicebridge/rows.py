"""The rows of ServiceBridge's tables. Times have no zone and are UTC; money is in the account's currency."""

from __future__ import annotations

from fieldhouse.sources.engine.spec.row import Bool, Decimal, Float, Int, Row, Text, Timestamp, column

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


class Customer(Entity):
    name: Text = column("person or company", personal=True)
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
    phone: Text = column("number", personal=True)
    is_primary: Bool = column("the customer's first contact")
    is_active: Bool = column("in use")


class Location(Entity):
    name: Text = column("what the place is called", example="Warehouse")
    customer: CustomerRef = column("whose place it is")
    contact: ContactRef = column("who is met there")
    address: Address = column("where it is")
    latitude: Float = column("WGS 84", unit="degrees", personal=True)
    longitude: Float = column("WGS 84", unit="degrees", personal=True)
    note: Text = column("free text", personal=True)


class Line(Row):
    id: Int = column("id of the line")
    product: ProductRef = column("what is sold, where it is a product")
    service: ServiceRef = column("what is sold, where it is a service")
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
    start_time: Timestamp = column("planned start")
    finish_time: Timestamp = column("planned end")
    team: TeamRef = column("the team that goes")
    team_members: list[EmployeeRef] = column("who goes")


class Job(Entity):
    """What work orders and estimates share."""

    number: Text = column("the number on screen", example="WO 301")
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
    date: Timestamp = column("day of the work, at midnight")
    is_recurring: Bool = column("comes again on a schedule")
    work_order_lines: list[Line] = column("what is sold, line by line")
    visits: list[Visit] = column("planned visits")


class Estimate(Job):
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
