"""The settings of the marts as variables of the dbt project."""

from __future__ import annotations

from typing import Any

from fieldhouse.sources.engine.spec.business_time import BusinessTime, weekly

from .account import Account
from .settings import Settings

_BY_ACCOUNT = {"zones": "time_zone", "week_starts": "week_start", "currencies": "currency"}
"""Variable of the marts -> the setting of which it has the accounts' values."""


def marts_variables(settings: Settings) -> dict[str, Any]:
    """What ``dbt_project.yml`` calls them, with one entry per account that sets a value of its own."""
    shared = settings.marts
    variables: dict[str, Any] = {}
    if shared.business_hours is not None or shared.business_days is not None:
        variables["business_hours"] = _hours(BusinessTime(), shared)
    if shared.holidays is not None:
        variables["holidays"] = _dates(shared)
    if shared.week_start:
        variables["week_start"] = shared.week_start
    if shared.time_zone:
        variables["zone"] = shared.time_zone
    own = {account.schema: account.settings for account in settings.accounts}
    if shared.currency:
        variables["currency"] = shared.currency
    for variable, setting in _BY_ACCOUNT.items():
        values = {schema: getattr(account_marts, setting) for schema, account_marts in own.items()}
        variables[variable] = {schema: value for schema, value in values.items() if value}
    pages = {
        account.schema: account.settings.base_url for account in settings.accounts if _has_pages(account)
    }
    if pages:
        variables["addresses"] = pages
    variables["account_holidays"] = {
        schema: _dates(account_marts)
        for schema, account_marts in own.items()
        if account_marts.holidays is not None
    }
    variables["account_business_hours"] = {
        schema: _hours(account_marts, shared)
        for schema, account_marts in own.items()
        if account_marts.business_hours is not None or account_marts.business_days is not None
    }
    return variables


def _has_pages(account: Account) -> bool:
    """True if the API's address is that of the account's pages as well; a sandbox on this machine has none."""
    return account.vendor.has_pages_at_base_url and account.settings.base_url.startswith("https://")


def _hours(own: BusinessTime, shared: BusinessTime) -> dict[str, list[str]]:
    return {str(day): ranges for day, ranges in weekly(own, shared).items()}


def _dates(given: BusinessTime) -> list[str]:
    return [day.isoformat() for day in given.holidays or ()]
