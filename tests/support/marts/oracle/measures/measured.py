"""What a measure is: a mart, its key, its columns, and the function of the oracle that recomputes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.marts.raw_tables import Tables

from .. import identity, technicians
from ..account_clock import AccountClock

Values = dict[Any, tuple[Any, ...]]
OfAccount = Callable[[str, Any, AccountClock], Values]
DESKS, FIELD = ("bossdesk", "notific"), ("servicebridge", "servicesidekick")
ALL = (*DESKS, *FIELD, "shiftboard")


class World:
    """All accounts of a warehouse, with what their identities and availabilities are."""

    def __init__(self, tables: Mapping[str, Tables], clocks: Mapping[str, AccountClock]) -> None:
        self.tables, self.clocks = tables, clocks
        self.people = identity.people_of(tables)
        self.customers = identity.customers_of(tables)
        self.available = technicians.Availability(tables, clocks, self.people)

    def of(self, vendors: tuple[str, ...], measure: OfAccount) -> Values:
        """One measure over the accounts of these vendors."""
        results: Values = {}
        for account, clock in self.clocks.items():
            if account.partition("_")[0] in vendors:
                results.update(measure(account, self.tables[account], clock))
        return results


@dataclass(frozen=True)
class Measured:
    """``key`` and ``columns`` of a mart are separated by blanks; ``vendors`` are those whose accounts it reads."""

    mart: str
    key: str
    columns: str
    vendors: tuple[str, ...] = ()
    of_account: OfAccount | None = None
    of_world: Callable[[World], Values] | None = None

    @property
    def sql(self) -> str:
        return f"SELECT {', '.join([*self.key.split(), *self.columns.split()])} FROM marts.{self.mart}"

    def expected(self, world: World) -> Values:
        if self.of_world:
            return self.of_world(world)
        assert self.of_account
        return world.of(self.vendors, self.of_account)
