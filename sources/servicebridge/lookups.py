"""The rows of ServiceBridge's inventory and lookups: short lists that other rows refer to."""

from __future__ import annotations

from fieldhouse.sources.engine.spec.row import Bool, Decimal, Int, Text, column

from .refs import EmployeeRef, Entity, InventoryGroupRef, JobCategoryRef, UnitRef

_MONEY = "account currency"


class Named(Entity):
    name: Text = column("what it is called", example="Residential 301")
    is_active: Bool = column("in use; inactive ones stay for old rows")


class Stock(Named):
    """A product or a service."""

    code: Text = column("the company's own code", example="SKU-301")
    group: InventoryGroupRef = column("group")
    unit: UnitRef = column("unit of its quantities")
    price: Decimal = column("price of one unit", unit=_MONEY)
    cost: Decimal = column("cost of one unit", unit=_MONEY)
    is_taxable: Bool = column("taxes are added")


class ChargeType(Named):
    amount: Decimal = column("how much is charged", unit=_MONEY)


class MarketingCampaign(Named):
    cost: Decimal = column("what the campaign costs", unit=_MONEY)


class JobTemplate(Named):
    job_category: JobCategoryRef = column("category of the jobs that are made from it")


class Tax(Named):
    rate: Decimal = column("rate of the tax", unit="percent")


class Term(Named):
    days: Int = column("time to pay", unit="days")


class Team(Named):
    leader: EmployeeRef = column("who leads it")


class Account(Named):
    type: Text = column("kind of account", example="Income")


class FieldDefinition(Named):
    field_type: Text = column("type of its values", example="Text")
