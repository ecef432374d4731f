"""Measures of the marts of invoices, payments and estimates."""

from __future__ import annotations

from .. import assets, details, money
from .measured import FIELD, Measured

AMOUNTS = (
    Measured(
        "invoices",
        "invoice_key",
        "job_key is_void is_credit invoiced_on due_on due_source total balance paid paid_at days_overdue age_band",
        FIELD,
        money.invoices,
    ),
    Measured(
        "payments",
        "payment_key",
        "invoice_key job_key paid_on amount is_on_void_invoice is_applied",
        ("servicebridge",),
        money.payments,
    ),
    Measured("receivables_ageing", "invoice_key", "balance days_overdue age_band", FIELD, money.receivables),
    Measured(
        "revenue_by_month",
        "account month",
        "invoices invoiced credits paid_of_invoiced balance_of_invoiced payments collected unapplied",
        FIELD,
        money.months,
    ),
    Measured(
        "revenue_by_job",
        "job_key",
        "invoices first_invoiced_at invoiced paid balance",
        FIELD,
        money.jobs_revenue,
    ),
    Measured(
        "invoice_lines",
        "line_key",
        "job_key invoice_key invoiced_on quantity total cost margin",
        FIELD,
        assets.lines,
    ),
    Measured(
        "estimates", "estimate_key", "state created_on expires_on total", ("servicebridge",), money.estimates
    ),
    Measured(
        "estimate_conversion",
        "account month",
        "estimates won lost open expired draft won_value lost_value open_value win_rate win_rate_by_value",
        ("servicebridge",),
        money.conversion,
    ),
    Measured(
        "leads",
        "lead_key",
        "customer_key category state created_on expected_amount",
        ("servicebridge",),
        details.leads,
    ),
)
