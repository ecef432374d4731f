"""The rows of ServiceSidekick's tables. Times carry the account's own offset and are stored as instants.

Names are the vendor's with underscores, as its parameter ``only=`` wants them.
"""

from __future__ import annotations

from fieldhouse.sources.engine.spec.row import Bool, Date, Decimal, Float, Int, Row, Text, Timestamp, column

_MONEY = "account currency"


class TaxEntity(Row):
    id: Int = column("id of the tax")
    name: Text = column("what the tax is called")
    rate: Decimal = column("rate of the tax", unit="percent")
    default: Bool = column("whether new customers get it")
    created_at: Timestamp = column("when it was made")


class JobType(Row):
    id: Int = column("id of the type")
    name: Text = column("what the type is called")
    position: Int = column("place in lists")
    created_at: Timestamp = column("when it was made")


class JobStatus(Row):
    id: Int = column("id of the status")
    name: Text = column("what the status is called")
    color: Text = column("CSS colour", example="#ff0000")
    created_at: Timestamp = column("when it was made")


class TaxRef(TaxEntity):
    id: Int = column("the tax", references="tax_entities.id")


class JobTypeRef(JobType):
    id: Int = column("the type", references="job_types.id")


class JobStatusRef(JobStatus):
    id: Int = column("the status", references="job_statuses.id")


class Employee(Row):
    id: Int = column("id of the employee")
    employee_number: Int = column("the number in URLs")
    name: Text = column("full name", personal=True)
    email_address: Text = column("address", personal=True)
    phone_number: Text = column("number", personal=True)
    username: Text = column("sign-in name", personal=True)
    active: Bool = column("inactive employees stay: they are never deleted")
    can_login: Bool = column("has a sign-in")
    hourly_rate: Decimal = column(
        "cost of an hour; unconfirmed by recorded bodies", unit=_MONEY, personal=True
    )
    hired_on: Date = column("first day; unconfirmed by recorded bodies", personal=True)
    color: Text = column("colour in the calendar", example="#00aa77")
    created_at: Timestamp = column("when it was made")
    updated_at: Timestamp = column("when it last changed")


class Assigned(Employee):
    id: Int = column("who does it", references="employees.id")


class Contact(Row):
    id: Int = column("id of the contact")
    customer_id: Int = column("whose contact it is", references="customers.id")
    first_name: Text = column("given name", personal=True)
    last_name: Text = column("family name", personal=True)
    title: Text = column("role", example="Owner", personal=True)
    email_address: Text = column("address", personal=True)
    phone_number: Text = column("number", personal=True)
    primary: Bool = column("the first contact")
    created_at: Timestamp = column("when it was made")
    updated_at: Timestamp = column("when it last changed")


class Note(Row):
    id: Int = column("id of the note")
    noteable_id: Int = column("the customer's or the job's id")
    noteable_type: Text = column("Customer or Job")
    note: Text = column("the text", personal=True)
    created_by: Int = column("who wrote it", references="employees.id")
    private: Bool = column("shown to employees alone")
    created_at: Timestamp = column("when it was made")
    updated_at: Timestamp = column("when it last changed")


class Item(Row):
    """An item of the price list inside a charge, as recorded bodies have it."""

    id: Int = column("id of the item", example=367)
    name: Text = column("what the item is called")
    price: Decimal = column("price of one", unit=_MONEY)
    created_on: Timestamp = column("when it was made")


class JobCharge(Row):
    """Fields of the vendor's text and, where marked as recorded, of bodies of the same API under its later name."""

    id: Int = column("id of the charge")
    job_id: Int = column("the job", references="jobs.id")
    item_id: Int = column("the item of the price list", example=367)
    item: Item = column("the item, in full, as recorded")
    name: Text = column("what is charged; unconfirmed by recorded bodies")
    description: Text = column("what is charged, as recorded")
    details: Text = column("more about it", example="Test Job Charge from API")
    quantity: Decimal = column("how many", example="4")
    price_per_unit: Decimal = column("price of one", unit=_MONEY, example="17.25")
    total: Decimal = column("quantity times price", unit=_MONEY)
    discount: Decimal = column("discount, as recorded", unit=_MONEY)
    taxable: Bool = column("taxes are added; unconfirmed by recorded bodies")
    tax_id: Int = column("the tax, as recorded", references="tax_entities.id")
    position: Int = column("place in the list; unconfirmed by recorded bodies")
    sort_order: Int = column("place in the list, as recorded")
    created_on: Timestamp = column("when it was made, as recorded")
    deleted_at: Timestamp = column("the vendor's own mark, as recorded; not our _deleted_at")
    created_at: Timestamp = column("when it was made; unconfirmed by recorded bodies")
    updated_at: Timestamp = column("when it last changed")


class TimeEntry(Row):
    id: Int = column("id of the entry")
    job_id: Int = column("the job", references="jobs.id")
    employee_id: Int = column("who worked", references="employees.id", example=123)
    started_on: Timestamp = column("start of the work")
    ended_on: Timestamp = column("end of the work")
    number_of_hours: Decimal = column("time spent", unit="hours", example="1.25")
    notes: Text = column("free text", personal=True)
    billable: Bool = column("is charged")
    created_at: Timestamp = column("when it was made")
    updated_at: Timestamp = column("when it last changed")


class Customer(Row):
    id: Int = column("id of the customer")
    customer_number: Int = column("the number in URLs, given by the vendor")
    origin: Text = column("how the customer came in", example="manual")
    created_at: Timestamp = column("when it was made")
    updated_at: Timestamp = column("when it last changed")
    deleted_at: Timestamp = column("the vendor's own mark; not our _deleted_at")
    name: Text = column("person or company", personal=True)
    company: Bool = column("whether it is a company")
    first_name: Text = column("given name", personal=True)
    last_name: Text = column("family name", personal=True)
    phone_number: Text = column("number", personal=True)
    alt_phone_number: Text = column("second number", personal=True)
    fax: Text = column("number", personal=True)
    email_address: Text = column("address", personal=True)
    service_address: Text = column("street of the work, may have several lines", personal=True)
    service_address_2: Text = column("second line", personal=True)
    service_city: Text = column("city of the work", personal=True)
    service_state: Text = column("state of the work")
    service_zip_code: Text = column("ZIP or postal code", example="55555", personal=True)
    service_country: Text = column("country of the work")
    billing_address: Text = column("street for invoices", personal=True)
    billing_city: Text = column("city for invoices", personal=True)
    billing_state: Text = column("state for invoices")
    billing_zip_code: Text = column("ZIP or postal code", personal=True)
    billing_country: Text = column("country for invoices")
    special_instructions: Text = column("free text", personal=True)
    parent_id: Int = column("the customer above", references="customers.id")
    is_active: Bool = column("in use")
    balance: Decimal = column("what the customer owes", unit=_MONEY)
    credit_limit: Decimal = column("credit limit", unit=_MONEY)
    latitude: Float = column("WGS 84", unit="degrees", personal=True)
    longitude: Float = column("WGS 84", unit="degrees", personal=True)
    custom_text1: Text = column("the account's own field", personal=True)
    custom_number1: Decimal = column("the account's own field")
    custom_datetime1: Timestamp = column("the account's own field")
    tax_entity_id: Int = column("the tax that applies", references="tax_entities.id")
    send_reminders: Bool = column("gets reminders")
    tax_entity: TaxRef = column("the tax, in full")
    contacts: list[Contact] = column("people to talk to")
    notes: list[Note] = column("notes about the customer")


class JobFields(Row):
    """The fields that jobs, opportunities and invoices share."""

    id: Int = column("id of the job")
    job_number: Int = column("the number in URLs, given by the vendor")
    customer_id: Int = column("for whom", references="customers.id")
    created_at: Timestamp = column("when it was made")
    updated_at: Timestamp = column("does not move when a note, a charge or a time entry changes")
    deleted_at: Timestamp = column("the vendor's own mark; not our _deleted_at")
    name: Text = column("what is done")
    description: Text = column("what is to be done: free text", personal=True)
    scheduled_on: Timestamp = column("planned start")
    started_on: Timestamp = column("when the work began")
    completed_on: Timestamp = column("when the work was done; none while it is not")
    canceled_on: Timestamp = column("when it was called off")
    status: Text = column("where the job stands", example="scheduled")
    invoice_status: Text = column("paid or unpaid", example="unpaid")
    invoice_date: Timestamp = column("when it was invoiced")
    invoice_terms: Text = column("payment terms, as printed")
    subtotal: Decimal = column("sum of the charges", unit=_MONEY)
    tax: Decimal = column("taxes", unit=_MONEY)
    total: Decimal = column("sum with taxes", unit=_MONEY)
    balance_remaining: Decimal = column("what is still owed", unit=_MONEY)
    sales_tax_percentage: Decimal = column("rate of the tax", unit="percent")
    duration: Decimal = column("planned time", unit="hours")
    recurring_interval: Text = column("how often the job comes again", example="weekly")
    self_service: Bool = column("asked for by the customer's own hand")
    ok_to_sync: Bool = column("released for the vendor's bookkeeping exchange")
    job_type_id: Int = column("type", references="job_types.id")
    job_status_id: Int = column("status of the account's own list", references="job_statuses.id")
    tax_entity_id: Int = column("the tax that applies", references="tax_entities.id")
    po_number: Text = column("the customer's order number", example="PO-1")
    custom_text1: Text = column("the account's own field", personal=True)
    custom_number1: Decimal = column("the account's own field")
    tasks_count: Int = column("how many tasks the job has")
    created_by: Int = column("who made it", references="employees.id")


class Job(JobFields):
    job_type: JobTypeRef = column("the type, in full")
    job_status: JobStatusRef = column("the status, in full")
    tax_entity: TaxRef = column("the tax, in full")
    employees: list[Assigned] = column("who does it")
    job_charges: list[JobCharge] = column("what is charged")
    time_entries: list[TimeEntry] = column("time spent")
    notes: list[Note] = column("notes about the job")


class Task(Row):
    id: Int = column("id of the task")
    name: Text = column("what is to do", example="do this")
    description: Text = column("what is to be done: free text", personal=True)
    customer_id: Int = column("for whom", references="customers.id")
    job_id: Int = column("the job it belongs to", references="jobs.id")
    employee_id: Int = column("who does it", references="employees.id")
    scheduled_at: Timestamp = column("planned time")
    due_on: Date = column("last day, in the account's own zone")
    completed: Bool = column("done")
    completed_at: Timestamp = column("when it was done")
    duration: Decimal = column("planned time", unit="hours")
    created_at: Timestamp = column("when it was made")
    updated_at: Timestamp = column("when it last changed")


class CustomerRef(Row):
    """The short record of a customer inside an opportunity or an invoice; its fields are unconfirmed."""

    id: Int = column("the customer", references="customers.id")
    customer_number: Int = column("the number in URLs")
    name: Text = column("person or company", personal=True)


class Opportunity(JobFields):
    id: Int = column("id of the opportunity, and of the job that it may become")
    customer: CustomerRef = column("the customer, in short")


class TaskRef(Task):
    id: Int = column("the task", references="tasks.id")


class Invoice(JobFields):
    id: Int = column("id of the invoice")
    customer: CustomerRef = column("the customer, in short")
    tasks: list[TaskRef] = column("tasks of the job")
