"""Which records are one person or one customer, from the rules that the descriptions of the marts state."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from tests.support.marts.raw_tables import Tables

from .account_clock import live

Values = dict[Any, tuple[Any, ...]]
_PLACEHOLDERS = {"none", "noreply", "no-reply", "test", "unknown", "na", "noemail", "nobody"}
_SHARED = {"info", "office", "sales", "support", "admin", "help", "service", "dispatch", "billing", "contact"}
_FORMS = {"the", "inc", "llc", "ltd", "limited", "co", "company", "corp", "gmbh"}
_NO_HOSTS = re.compile(r"^(none|invalid|test|localhost|no-?e?mail|nomail|no)(\.[a-z]+)?$")


@dataclass
class Record:
    """A record with what identifies it: (reason, value) pairs."""

    key: str
    account: str
    kind: str
    name: str | None
    is_active: bool
    shown: Any = None
    email: str | None = None
    phone: str | None = None
    identifiers: set[tuple[str, str]] = field(default_factory=set)


def email_of(text: str | None, *, personal: bool) -> str | None:
    """The address as it is compared; None for a placeholder, and for a shared one where a person is looked for."""
    plain = (text or "").strip().lower()
    name, _, host = plain.partition("@")
    if not name or not host or "@" in host or " " in plain:
        return None
    if re.sub(r"\d+$", "", name) in _PLACEHOLDERS or _NO_HOSTS.match(host) or (personal and name in _SHARED):
        return None
    return plain


def phone_of(text: str | None) -> str | None:
    digits = "".join(sign for sign in text or "" if sign.isdigit())
    if len(digits) < 7 or len(set(digits[-7:])) == 1 or digits.endswith(("1234567", "1234567890")):
        return None
    return digits[-10:]


def name_of(text: str | None) -> str | None:
    return " ".join(re.sub(r'[.,;:/_*"()-]', " ", (text or "").lower()).split()) or None


def company_of(text: str | None) -> str | None:
    words = (name_of((text or "").replace("&", " and ")) or "").split()
    return " ".join(word for word in words if word not in _FORMS) or None


class Identities:
    """The identity of each record: its key, what the records share, and how sure that is."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.records = {record.key: record for record in records}
        self.links = self._links()
        self.first: dict[str, str] = {}
        self._join()

    def person_of(self, key: str) -> str | None:
        return f"person:{self.first[key]}" if key in self.first else None

    def groups(self) -> dict[str, list[Record]]:
        results: dict[str, list[Record]] = defaultdict(list)
        for key, first in self.first.items():
            results[first].append(self.records[key])
        return results

    def reason(self, key: str) -> tuple[str, str | None]:
        """match_reason and match_confidence of a record."""
        mine = [
            (reason, self.records[key].name)
            for pair, reasons in self.links.items()
            if key in pair and self.first[pair[0]] == self.first[pair[1]]
            for reason in reasons
        ]
        if not mine:
            return "alone", None
        reasons = sorted({reason for reason, _ in mine})
        named = {
            reason
            for pair, here in self.links.items()
            if key in pair and self.first[pair[0]] == self.first[pair[1]] and self._same_name(pair)
            for reason in here
        }
        if "e-mail" in named or len(reasons) > 1:
            sure = "high"
        else:
            sure = "medium" if "e-mail" in reasons or named else "low"
        return " and ".join(reasons), sure

    def _same_name(self, pair: tuple[str, str]) -> bool:
        one, other = (self.records[key].name for key in pair)
        return one is not None and one == other

    def _links(self) -> dict[tuple[str, str], set[str]]:
        holders: dict[Any, list[Record]] = defaultdict(list)
        for record in self.records.values():
            for identifier in record.identifiers:
                holders[identifier].append(record)
        agreeing: dict[tuple[str, str], set[str]] = defaultdict(set)
        for (reason, _), all_ in holders.items():
            telling = [record for record in all_ if _tells(record, all_)]
            for one, other in combinations(telling, 2):
                agreeing[one.key, other.key].add(reason)
                agreeing[other.key, one.key].add(reason)
        partners: dict[str, list[str]] = defaultdict(list)
        for one, other in agreeing:
            partners[one].append(other)
        links: dict[tuple[str, str], set[str]] = defaultdict(set)
        for (one, other), reasons in agreeing.items():
            doubtful = self._doubtful(one, other, agreeing, partners) or self._doubtful(
                other, one, agreeing, partners
            )
            kept = {reason for reason in reasons if reason == "e-mail" or not doubtful}
            if kept:
                links[min(one, other), max(one, other)] |= kept
        return links

    def _doubtful(self, one: str, other: str, agreeing: Any, partners: Any) -> bool:
        """The other's account has somebody else whom the record names as well, or by e-mail."""
        place = self.records[other].account, self.records[other].kind
        there = [key for key in partners[one] if (self.records[key].account, self.records[key].kind) == place]
        weak = [key for key in there if agreeing[one, key] - {"e-mail"}]
        is_ambiguous = any((a, b) not in agreeing for a, b in combinations(weak, 2))
        by_email = [key for key in there if "e-mail" in agreeing[one, key]]
        return is_ambiguous or (
            "e-mail" not in agreeing[one, other] and any(key != other for key in by_email)
        )

    def _join(self) -> None:
        every = _components(self.records, self.links)
        strong = {pair for pair, reasons in self.links.items() if "e-mail" in reasons}
        for group in every:
            parts = [group]
            if self._conflicts(group):
                parts = _components(group, {pair for pair in strong if pair[0] in group})
            for part in parts:
                for keys in [[key] for key in part] if self._conflicts(part) else [part]:
                    for key in keys:
                        self.first[key] = min(keys)

    def _conflicts(self, group: Iterable[str]) -> bool:
        """Two active records of one account and kind, or two of it with different names."""
        places: dict[Any, list[Record]] = defaultdict(list)
        for key in group:
            places[self.records[key].account, self.records[key].kind].append(self.records[key])
        return any(
            sum(record.is_active for record in here) > 1 or len({record.name for record in here}) > 1
            for here in places.values()
        )


def _tells(record: Record, holders: list[Record]) -> bool:
    """Nobody else of its account has the identifier, but for earlier records of the same name."""
    here = [one for one in holders if (one.account, one.kind) == (record.account, record.kind)]
    if len(here) == 1:
        return True
    active = [one for one in here if one.is_active]
    if len(active) == 1:
        return record.is_active or (record.name is not None and record.name == active[0].name)
    return not active and len({one.name for one in here if one.name}) == 1


def _components(keys: Iterable[str], pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    parent = {key: key for key in keys}

    def top(key: str) -> str:
        while parent[key] != key:
            key = parent[key]
        return key

    for one, other in pairs:
        parent[top(one)] = top(other)
    groups: dict[str, list[str]] = defaultdict(list)
    for key in parent:
        groups[top(key)].append(key)
    return list(groups.values())


def _full_name(row: Any) -> str | None:
    return " ".join(filter(None, (row.get("first_name"), row.get("last_name")))).strip() or None


def people_of(tables: Mapping[str, Tables]) -> Identities:
    """Accounts, users, employees and operators of every account."""
    results: list[Record] = []
    for account, own in tables.items():
        vendor = account.partition("_")[0]
        kinds = {
            "shiftboard": (("accounts", "account"),),
            "bossdesk": (("users", "user"),),
            "servicebridge": (("employees", "employee"), ("users", "user")),
            "servicesidekick": (("employees", "employee"),),
            "notific": (("operators", "operator"),),
        }[vendor]
        for table, kind in kinds:
            results += [
                _person(f"{account}:{kind}:{row['id']}", account, kind, vendor, row)
                for row in live(own.get(table, []))
            ]
    return Identities(results)


def _person(key: str, account: str, kind: str, vendor: str, row: Any) -> Record:
    name = _full_name(row) if vendor in ("bossdesk", "shiftboard") else row.get("name")
    email, phones = row.get("email"), [row.get("phone"), row.get("mobile")]
    is_active = row.get("is_active") is not False and row.get("active") is not False
    if vendor == "shiftboard":
        name = name or row.get("screen_name")
        email = None if row.get("bad_email") else email
        phones = [row.get("home_phone"), row.get("mobile_phone")]
        is_active = not row.get("org_hold")
    elif vendor == "bossdesk":
        is_active = row.get("archived_at") is None
    elif vendor == "servicesidekick":
        email, phones = row.get("email_address"), [row.get("phone_number"), None]
    elif vendor == "notific":
        phones = [None, row.get("cell_phone")]
    elif kind == "user":
        name, email = name or row.get("user_name"), email_of(row.get("user_name"), personal=False)
    name = (name or "").strip() or None
    record = Record(key, account, kind, name_of(name), is_active, name, (email or "").strip() or None)
    record.phone = next((number.strip() for number in reversed(phones) if (number or "").strip()), None)
    compared = email_of(email, personal=True)
    record.identifiers |= {("e-mail", compared)} if compared else set()
    record.identifiers |= {("phone", number) for number in map(phone_of, phones) if number}
    return record


def customers_of(tables: Mapping[str, Tables]) -> Identities:
    """Customers and clients of every account: one of the same name that shares an address, number or street."""
    results: list[Record] = []
    for account, own in tables.items():
        vendor = account.partition("_")[0]
        if vendor == "bossdesk":
            continue
        table, kind = ("clients", "client") if vendor == "shiftboard" else ("customers", "customer")
        for row in live(own.get(table, [])):
            results.append(_customer(f"{account}:{kind}:{row['id']}", account, vendor, row))
    return Identities(results)


def _customer(key: str, account: str, vendor: str, row: Any) -> Record:
    names = {
        "shiftboard": ("contact_email", "contact_phone", "address", "zip"),
        "servicebridge": ("email", "phone", "billing_address__line1", "billing_address__postal_code"),
        "servicesidekick": ("email_address", "phone_number", "billing_address", "billing_zip_code"),
        "notific": ("email", "cell_phone", "", ""),
    }[vendor]
    email, phone, street, code = ((row.get(name) or "").strip() or None for name in names)
    name = (row.get("name") or "").strip() or None
    record = Record(
        key, account, "customer", company_of(name), row.get("is_active") is not False, name, email, phone
    )
    values = (
        ("e-mail", email_of(email, personal=False)),
        ("phone", phone_of(phone)),
        ("address", name_of(f"{street} {code}") if street and code else None),
    )
    record.identifiers = {(why, f"{record.name} {value}") for why, value in values if value and record.name}
    return record


def records(identities: Identities, prefix: str) -> Values:
    """record -> identity, match_reason, match_confidence."""
    return {key: (f"{prefix}:{first}", *identities.reason(key)) for key, first in identities.first.items()}


def identities(results: Identities, prefix: str) -> Values:
    """identity -> name, is_active, records, vendors, vendor_names; for people also whether they have one name."""
    values: Values = {}
    for first, group in results.groups().items():
        ordered = sorted(group, key=lambda one: (not one.is_active, one.shown is None, one.key))
        vendors = sorted({one.account.partition("_")[0] for one in group})
        own = (
            ordered[0].shown,
            any(one.is_active for one in group),
            len(group),
            len(vendors),
            ", ".join(vendors),
        )
        one_name = (
            (len({one.shown.lower() for one in group if one.shown}) <= 1,) if prefix == "person" else ()
        )
        values[f"{prefix}:{first}"] = *own, *one_name
    return values
