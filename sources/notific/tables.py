"""Notific's tables: each collection comes whole in one answer; there is neither paging nor a filter."""

from __future__ import annotations

from sources.engine.table import Table

from . import rows

TABLES = (
    Table(
        name="tickets",
        path="api/Tickets",
        row=rows.Ticket,
        grain="one row per ticket",
        confirm="api/Tickets/{id}",
    ),
    Table(
        name="customers",
        path="api/Customers",
        row=rows.Customer,
        grain="one row per customer",
        confirm="api/Customers/{id}",
    ),
    Table(
        name="services",
        path="api/Services",
        row=rows.Service,
        grain="one row per service that tickets and customers refer to",
        confirm="api/Services/{id}",
    ),
    Table(
        name="operators",
        path="api/Operators",
        row=rows.Operator,
        grain="one row per operator",
        confirm="api/Operators/{id}",
    ),
)
