"""Things, places and what was sold: failures of assets, whose place it is, lines of jobs' charges."""

from __future__ import annotations

import calendar
from collections import defaultdict
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.support.marts.raw_tables import Tables

from . import money
from .account_clock import AccountClock, live, readable
from .jobs import jobs_of
from .tickets import Ticket, tickets_of

Values = dict[Any, tuple[Any, ...]]


def linked(account: str, tables: Tables, clock: AccountClock) -> dict[Any, list[Ticket]]:
    """Configuration item -> the tickets that name it, each once."""
    known = {one.row["id"]: one for one in tickets_of(account, tables, clock)}
    here = {row["id"] for row in live(tables.get("cis", []))}
    pairs = {(row["id"], row["_parent_id"]) for row in live(tables.get("tickets__cis", []))}
    results: dict[Any, list[Ticket]] = defaultdict(list)
    for item, ticket in pairs:
        if item in here and ticket in known:
            results[item].append(known[ticket])
    return results


def ticket_assets(account: str, tables: Tables, clock: AccountClock) -> Values:
    """(ticket_key, asset_key) -> account."""
    return {
        (ticket.key, f"{account}:ci:{item}"): (account,)
        for item, tickets in linked(account, tables, clock).items()
        for ticket in tickets
    }


def assets(account: str, tables: Tables, clock: AccountClock) -> Values:
    """asset_key -> is_active, is_under_warranty, tickets, open tickets, incidents, first and last one, mtbf_days."""
    results: Values = {}
    for row in live(tables.get("assets", [])):
        ends = _months_later(readable(row["installed_on"]), row["warranty_months"])
        is_covered = ends is not None and ends > clock.now
        results[f"{account}:asset:{row['id']}"] = (True, is_covered, *[None] * 6)
    for row in live(tables.get("resources", [])):
        results[f"{account}:resource:{row['id']}"] = (True, False, *[None] * 6)
    tickets = linked(account, tables, clock)
    for row in live(tables.get("cis", [])):
        own = [one for one in tickets.get(row["id"], []) if one.state != "planned"]
        incidents = [one for one in own if "incident" in (one.type or "incident").lower()]
        times = sorted(one.opened for one in incidents if one.opened)
        mean = None
        if len(incidents) > 1 and times:
            mean = (times[-1] - times[0]).total_seconds() / 86400 / (len(incidents) - 1)
        results[f"{account}:ci:{row['id']}"] = (
            row["archived_at"] is None,
            False,
            len(own),
            sum(one.state == "open" for one in own),
            len(incidents),
            times[0] if times else None,
            times[-1] if times else None,
            mean,
        )
    return results


def _months_later(moment: datetime | None, months: Any) -> datetime | None:
    if moment is None or months is None or not 0 <= months <= 1200:
        return None
    years, month = divmod(moment.month - 1 + int(months), 12)
    last = calendar.monthrange(moment.year + years, month + 1)[1]
    return moment.replace(year=moment.year + years, month=month + 1, day=min(moment.day, last))


def lines(account: str, tables: Tables, clock: AccountClock) -> Values:
    """line_key -> job_key, invoice_key, invoiced_on, quantity, total, cost, margin."""
    is_bridge = account.startswith("servicebridge")
    kind, table = (
        ("work_order", "work_orders__work_order_lines") if is_bridge else ("job", "jobs__job_charges")
    )
    billed: dict[str, list[money.Invoice]] = defaultdict(list)
    for invoice in money.invoices_of(account, tables, clock):
        if invoice.job and not invoice.is_void:
            billed[invoice.job].append(invoice)
    costs = {
        (name, row["id"]): row["cost"]
        for name in ("product", "service")
        for row in live(tables.get(f"{name}s", []))
    }
    everyone = jobs_of(account, tables)
    results: Values = {}
    for row in live(tables.get(table, [])):
        job = f"{account}:{kind}:{row['_parent_id']}"
        if job not in everyone:
            continue
        own = billed.get(job, [])
        invoice = own[0] if len(own) == 1 else None
        cost = None
        if is_bridge and row["quantity"] is not None:
            name = "product" if row["product__id"] is not None else "service"
            unit = costs.get((name, row[f"{name}__id"]))
            cost = row["quantity"] * unit if unit is not None else None
        cost = _cents(cost)
        margin = row["total"] - cost if cost is not None and row["total"] is not None else None
        results[f"{job}:line:{row['_list_index']}"] = (
            job,
            invoice.key if invoice else None,
            invoice.on if invoice else None,
            row["quantity"],
            row["total"],
            cost,
            _cents(margin),
        )
    return results


def _cents(amount: Decimal | None) -> Decimal | None:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP) if amount is not None else None


_ADDRESSES = {
    "shiftboard": "address city state zip country",
    "servicebridge": "address__line1 address__city address__state address__postal_code address__country",
    "servicesidekick": "service_address service_city service_state service_zip_code service_country",
}


def locations(account: str, tables: Tables, clock: AccountClock) -> Values:
    """location_key -> kind, name, parent_location_key, customer_key; street, city, state, postal code and country;
    latitude, longitude. A place above or a customer that the vendor deleted is None."""
    vendor = account.partition("_")[0]
    customers = {row["id"] for row in live(tables.get("customers", []))}
    is_sidekick = vendor == "servicesidekick"
    rows = live(tables.get("customers" if is_sidekick else "locations", []))
    here = {row["id"] for row in rows}
    results: Values = {}
    for row in rows:
        above = row.get("parent_id") if vendor == "bossdesk" else None
        owner = row["id"] if is_sidekick else row.get("customer__id") if vendor == "servicebridge" else None
        kind = {"servicebridge": "customer site", "servicesidekick": "service address"}.get(vendor, "site")
        has_position = vendor in ("servicebridge", "servicesidekick")
        address = [row.get(name) for name in _ADDRESSES.get(vendor, "").split()] or [None] * 5
        word = "service_address" if is_sidekick else "location"
        results[f"{account}:{word}:{row['id']}"] = (
            kind,
            row["name"],
            f"{account}:location:{above}" if above in here else None,
            f"{account}:customer:{owner}" if owner in customers else None,
            *((text or "").strip() or None for text in address),
            *(row.get(name) if has_position else None for name in ("latitude", "longitude")),
        )
    return results
