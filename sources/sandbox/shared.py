"""People and companies that several vendors of one business know: the same name, e-mail address and number."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Party:
    """``phone`` is a North American number as people write it; ``company`` is False for a private person."""

    name: str
    email: str
    phone: str
    company: bool = False

    @property
    def first_name(self) -> str:
        return self.name.partition(" ")[0]

    @property
    def last_name(self) -> str:
        return self.name.partition(" ")[2]


def _parties(names: str, exchange: str, *, company: bool = False) -> tuple[Party, ...]:
    return tuple(
        Party(
            name,
            f"{'' if company else name.split()[0].lower() + '.'}{name.split()[-1].lower()}@example.com",
            f"(404) 555-{exchange}{place:02}",
            company,
        )
        for place, name in enumerate(names.split("|"))
    )


WORKERS = _parties(
    "Alice Carter|Daniel Okafor|Elena Rossi|Frank Weber|Grace Kim|Henry Dubois|Isabel Moreno|James Walsh"
    "|Karen Lindqvist|Luis Ortega",
    "01",
)
"""Employees: workers, agents and operators of the vendors are of these."""

_COMPANIES = _parties(
    "Harbor View Condos|Lakeside School|Green Acres Residences|Oak Street Dental|Fjord Hotels|Atomic Gym"
    "|Bluebird Bakery|Northgate Storage|Riverside Clinic|Summit Brewing|Pine Hill Library|Union Hardware",
    "02",
    company=True,
)
_PERSONS = _parties(
    "Amelia Grant|Brian Novak|Carla Jensen|David Osei|Emma Schulz|Felix Romero|Hannah Brooks|Ivan Petrov"
    "|Julia Marsh|Kevin Doyle|Laura Bianchi|Martin Sato",
    "03",
)
CUSTOMERS = tuple(party for pair in zip(_COMPANIES, _PERSONS, strict=True) for party in pair)
"""Customers, companies and private persons in turn."""


def shared(parties: tuple[Party, ...], place: int) -> Party | None:
    """The party of a vendor's row number ``place`` (from 0); None behind the last."""
    return parties[place] if 0 <= place < len(parties) else None
