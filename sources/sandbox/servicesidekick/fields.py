"""The shapes of ServiceSidekick's records: fields in their order and the ``type`` that each carries.

``dateTime`` and ``datetime`` both occur; secrets stand in the rows as they do at the vendor.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from .xml import RecordType, kinds

SECRETS = ("password_digest", "token", "remember_me_token", "stripe_customer_id")

CONTACT = RecordType(
    "contact",
    "contacts",
    kinds(
        "id:integer customer_id:integer first_name last_name title email_address phone_number "
        "primary:boolean created_at:dateTime updated_at:dateTime"
    ),
    class_name="CustomerContact",
)
NOTE = RecordType(
    "note",
    "notes",
    kinds(
        "id:integer noteable_id:integer noteable_type note created_by:integer private:boolean "
        "created_at:dateTime updated_at:dateTime"
    ),
)
JOB_CHARGE = RecordType(
    "job_charge",
    "job_charges",
    kinds(
        "id:integer job_id:integer item_id:integer name details quantity:decimal price_per_unit:decimal "
        "total:decimal taxable:boolean position:integer created_at:dateTime updated_at:dateTime"
    ),
)
TIME_ENTRY = RecordType(
    "time_entry",
    "time_entries",
    kinds(
        "id:integer job_id:integer employee_id:integer started_on:datetime ended_on:datetime "
        "number_of_hours:decimal notes billable:boolean created_at:datetime updated_at:datetime"
    ),
)
JOB_TYPE = RecordType("job_type", "job_types", kinds("id:integer name position:integer created_at:dateTime"))
JOB_STATUS = RecordType("job_status", "job_statuses", kinds("id:integer name color created_at:dateTime"))
TAX_ENTITY = RecordType(
    "tax_entity",
    "tax_entities",
    kinds("id:integer name rate:decimal default:boolean created_at:dateTime"),
    class_name="TaxEntity",
)
EMPLOYEE = RecordType(
    "employee",
    "employees",
    kinds(
        "id:integer employee_number:integer name email_address phone_number username active:boolean "
        "can_login:boolean hourly_rate:decimal hired_on:date color password_digest token "
        "remember_me_token created_at:dateTime updated_at:dateTime"
    ),
)
_TASK = RecordType(
    "task",
    "tasks",
    kinds(
        "id:integer name description customer_id:integer job_id:integer employee_id:integer "
        "scheduled_at:datetime due_on:date completed:boolean completed_at:datetime duration:decimal "
        "created_at:datetime updated_at:datetime"
    ),
)
_CUSTOMER = RecordType(
    "customer",
    "customers",
    kinds(
        "id:integer customer_number:integer origin created_at:dateTime name company:boolean first_name "
        "last_name phone_number alt_phone_number fax email_address service_address service_address_2 "
        "service_city service_state service_zip_code service_country billing_address billing_city "
        "billing_state billing_zip_code billing_country special_instructions parent_id:integer "
        "is_active:boolean balance:decimal credit_limit:decimal latitude:float longitude:float "
        "custom_text1 custom_number1:decimal custom_datetime1:dateTime tax_entity_id:integer "
        "send_reminders:boolean deleted_at:dateTime password_digest token remember_me_token "
        "stripe_customer_id updated_at:dateTime"
    ),
)
_JOB = RecordType(
    "job",
    "jobs",
    kinds(
        "id:integer customer_id:integer job_number:integer created_at:dateTime name description "
        "scheduled_on:dateTime started_on:dateTime completed_on:dateTime canceled_on:dateTime status "
        "invoice_status invoice_date:dateTime subtotal:decimal tax:decimal total:decimal "
        "balance_remaining:decimal sales_tax_percentage:decimal duration:decimal recurring_interval "
        "self_service:boolean ok_to_sync:boolean job_type_id:integer job_status_id:integer "
        "tax_entity_id:integer invoice_terms po_number custom_text1 custom_number1:decimal "
        "tasks_count:integer created_by:integer deleted_at:dateTime updated_at:dateTime"
    ),
)
_IN_BOTH = {"notes": NOTE, "tax_entity": TAX_ENTITY}
CUSTOMER = replace(_CUSTOMER, nested={**_IN_BOTH, "contacts": CONTACT, "jobs": _JOB, "tasks": _TASK})
JOB = replace(
    _JOB,
    nested={
        **_IN_BOTH,
        "customer": replace(_CUSTOMER, class_name="Customer"),
        "employees": EMPLOYEE,
        "job_charges": JOB_CHARGE,
        "time_entries": TIME_ENTRY,
        "job_type": JOB_TYPE,
        "job_status": JOB_STATUS,
    },
)
TASK = _TASK
_CUSTOMER_REF = RecordType(
    "customer", "customers", kinds("id:integer customer_number:integer name"), class_name="Customer"
)
OPPORTUNITY = replace(_JOB, one="opportunity", many="opportunities", nested={"customer": _CUSTOMER_REF})
INVOICE = replace(_JOB, one="invoice", many="invoices", nested={"customer": _CUSTOMER_REF, "tasks": _TASK})
RECORD_TYPES = {
    record_type.many: record_type
    for record_type in (
        EMPLOYEE, JOB_TYPE, JOB_STATUS, TAX_ENTITY, CUSTOMER, JOB, TASK, OPPORTUNITY, INVOICE,
    )
}  # fmt: skip
CHILDREN = {"customers": ("contacts", "notes"), "jobs": ("employees", "job_charges", "time_entries", "notes")}
"""Lists that stand in the stored row; ``employees`` as ids."""
INCLUDES = {
    "customers": ("contacts", "jobs", "tasks", "notes", "tax_entity"),
    "jobs": (
        "customer", "employees", "job_charges", "time_entries", "notes", "job_type", "job_status",
        "tax_entity",
    ),
}  # fmt: skip
"""What ``include=`` may name (vendor text, "relational data can be included")."""


def without_secrets(value: Any, secrets: Iterable[str] = SECRETS) -> Any:
    """A copy of a record, or a list of them, in which no secret stands, at any depth."""
    if isinstance(value, list):
        return [without_secrets(item, secrets) for item in value]
    if isinstance(value, dict):
        return {name: without_secrets(inner, secrets) for name, inner in value.items() if name not in secrets}
    return value
