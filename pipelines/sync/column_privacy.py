"""Which columns an account keeps out of the warehouse, or stores as hashes, and what happens when that changes."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from fieldhouse.pipelines.config.account import Account
from fieldhouse.pipelines.sync.accounts_in_warehouse import schemas
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.normalize.masking import Privacy, Verdict
from fieldhouse.sources.engine.normalize.overflow_column import REST
from fieldhouse.sources.engine.spec.naming import is_column_name, snake_case
from fieldhouse.sources.engine.spec.row import Declaration, declared
from fieldhouse.sources.engine.spec.vendor import Vendor
from fieldhouse.warehouse.merge.evolve import is_ours
from fieldhouse.warehouse.merge.history import VALIDITY, history_of
from fieldhouse.warehouse.session import Session

SALT = "_salt"
"""The name under which ``_state`` keeps the salt of hashed columns: no table of a vendor is named so."""
RULES = "_privacy"
"""The name under which ``_state`` keeps the rules that the warehouse was last written by."""


def personal_columns(vendor: Vendor) -> Iterator[tuple[str, Declaration]]:
    """Every column that a vendor's rows declare as personal, with its table, in declared order.

    Columns that the reading of a table relies on are not among them: they are ids and times.
    """
    for table in vendor.tables:
        relied_on = vendor.relied_on(table)
        for name, column in _columns(table.name, declared(table.row)):
            if column.personal and not (name == table.name and column.name in relied_on):
                yield name, column


PERSON_LIKE = (
    "*email*",
    "*phone*",
    "*mobile*",
    "*first_name*",
    "*last_name*",
    "*full_name*",
    "*surname*",
    "*birth*",
    "*passport*",
    "*social_security*",
    "*ip_address*",
)
"""Names of columns that describe a person, whichever vendor sends them."""


def person_like_columns(vendor: Vendor) -> list[str]:
    """Globs of undeclared columns that describe people, by their names.

    They are names like those of ``PERSON_LIKE``, and the names of the vendor's own personal columns wherever else they
    come, such as in a copy of a customer inside a job. A name that the vendor also uses for a declared column that is
    not personal is left out: it would hide that column. So is ``value``, the column of every list of plain values.
    """
    personal: set[str] = set()
    plain: set[str] = set()
    for table in vendor.tables:
        for _, column in _columns(table.name, declared(table.row)):
            (personal if column.personal else plain).add(column.name)
    leaves = {name.rpartition("__")[2] for name in personal} - {name.rpartition("__")[2] for name in plain}
    general = [name for name in PERSON_LIKE if not any(fnmatchcase(column, name) for column in plain)]
    own = sorted(
        leaf
        for leaf in leaves - {"value"}
        if not leaf.startswith("_") and not any(fnmatchcase(leaf, name) for name in general)
    )
    return [f"*.{name}" for name in general] + [
        glob for leaf in own for glob in (f"*.{leaf}", f"*.*__{leaf}")
    ]


def _columns(table: str, declarations: Iterable[Declaration]) -> Iterator[tuple[str, Declaration]]:
    for column in declarations:
        if column.type is None:
            yield from _columns(f"{table}__{column.name}", column.children)
        else:
            yield table, column


def with_rules(options: Options, account: Account) -> Options:
    """``options`` with what is dropped and masked: by name, and all personal data if the settings ask for it."""
    settings = account.settings
    drop = [column_rule(rule) for rule in settings.exclude_columns]
    mask = [column_rule(rule) for rule in settings.hash_columns]
    if settings.personal_data != "keep":
        names = [f"{table}.{column.name}" for table, column in personal_columns(account.vendor)]
        names += person_like_columns(account.vendor)
        (drop if settings.personal_data == "drop" else mask).extend(names)
    salt = settings.hash_key.get_secret_value().encode() if settings.hash_key else b""
    return replace(options, drop=tuple(drop), mask=tuple(mask), salt=salt)


def column_rule(rule: str) -> str:
    """A rule in the names of columns: ``customers.CellPhone`` is ``customers.cell_phone``, as the vendor spells it."""
    table, dot, column = rule.partition(".")
    if not dot:
        table, column = "", rule
    names = [_column_pattern(part) for level in column.split(".") for part in level.split("__")]
    return f"{table}{dot}{'__'.join(names)}"


def _column_pattern(part: str) -> str:
    if is_column_name(part) or part.startswith("_") or not part:
        return part
    if not set("*?[") & set(part):
        return snake_case(part)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", part).lower()


def unmatched_rules(account: Account, stored: Mapping[str, Iterable[str]]) -> list[str]:
    """The rules of ``exclude_columns`` and ``hash_columns`` that match no declared and no stored column.

    Args:
        stored: table -> its columns in the warehouse; empty if only declarations count.
    """
    columns = [
        (name, column.name)
        for table in account.vendor.tables
        for name, column in _columns(table.name, declared(table.row))
    ]
    columns += [(table, column) for table, names in stored.items() for column in names]
    unmatched = []
    for setting in ("exclude_columns", "hash_columns"):
        for rule in getattr(account.settings, setting):
            privacy = Privacy([column_rule(rule)], [], b"any")
            if all(verdict(privacy, table, column) == "keep" for table, column in columns):
                unmatched.append(
                    f"sources.{account.name}.{setting}: {rule!r} matches no declared or stored column"
                )
    return unmatched


def salted(options: Options, states: Mapping[str, Mapping[str, Any]]) -> Options:
    """``options`` with the salt that an account without a ``hash_key`` has, or a new one."""
    if options.salt or not options.mask:
        return options
    stored = states.get(SALT, {}).get("salt")
    return replace(options, salt=bytes.fromhex(stored or secrets.token_hex(32)))


def shared_salt(session: Session, schema: str, options: Options) -> Options:
    """``salted``, where an account's first salt is that of the warehouse's other accounts, so that their hashes join.

    Accounts that are synced side by side for the first time agree, too: one goes first, in this process or another.
    """
    if options.salt or not options.mask:
        return options
    with _one_at_a_time, session.one_at_a_time("salt"):
        states = session.states(schema)
        if SALT not in states:
            others = (session.states(other).get(SALT) for other in schemas(session) if other != schema)
            states = {SALT: next(filter(None, others), {})}
        result = salted(options, states)
        if session.states(schema).get(SALT) is None:
            session.put_state(schema, SALT, {"salt": result.salt.hex()})
        return result


_one_at_a_time = threading.Lock()


def hide(
    session: Session, schema: str, options: Options, run_id: str, states: Mapping[str, Mapping[str, Any]]
) -> None:
    """Make the warehouse follow rules that changed since it was last written.

    Columns that are now dropped, or hashed, or not hashed any more, lose what they held, in every table at
    once; the next read of each table writes all its rows again.
    """
    before, now = _rules_of(states), _rules(options)
    if now == before:
        return
    session.put_state(schema, RULES, {**before, "changes": options.rule_changes})
    old, new = (Privacy(rules["drop"], rules["mask"], b"any") for rules in (before, now))
    catalogue = session.catalogue(schema)
    bases = {history_of(table): table for table in catalogue}
    columns = {
        table: changed
        for table, columns_of_table in catalogue.items()
        if not table.startswith("_")
        and (changed := _changed(old, new, bases.get(table, table), _of_rows(table, columns_of_table, bases)))
    }
    session.remove(schema, columns, run_id)
    session.put_state(schema, RULES, {**now, "changes": options.rule_changes})


def _of_rows(table: str, columns: Iterable[str], bases: Mapping[str, str]) -> list[str]:
    """The columns that a history has from its table."""
    return [name for name in columns if not (table in bases and name in VALIDITY)]


def counted_rules(options: Options, states: Mapping[str, Mapping[str, Any]]) -> Options:
    """``options`` with the count of the rules' changes, including one that the next sync has to follow.

    Rules may be the former ones again while a table that lost columns in between was not read.
    """
    changes = states.get(RULES, {}).get("changes", 0)
    return replace(options, rule_changes=changes + (_rules_of(states) != _rules(options)))


def _rules(options: Options) -> dict[str, list[str]]:
    return {"drop": sorted(options.drop), "mask": sorted(options.mask)}


def _rules_of(states: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    stored = states.get(RULES, {})
    return {"drop": stored.get("drop", []), "mask": stored.get("mask", [])}


def _changed(old: Privacy, new: Privacy, table: str, columns_of_table: Iterable[str]) -> list[str]:
    """``_rest`` may hold anything, and is written again."""
    return [
        name
        for name in columns_of_table
        if name == REST or (not is_ours(name) and verdict(old, table, name) != verdict(new, table, name))
    ]


def verdict(privacy: Privacy, table: str, column: str) -> Verdict:
    """The rules' verdict on a column of the warehouse, by its own name or that of what contains it."""
    for where, name in (*_prefixes(table), *((table, name) for name in _growing(column.split("__")))):
        result = privacy.verdict(where, name)
        if result != "keep":
            return result
    return "keep"


def _prefixes(table: str) -> Iterator[tuple[str, str]]:
    """For ``a__b__c``: the list ``b`` of ``a``, ``b__c`` of ``a``, and ``c`` of ``a__b``."""
    parts = table.split("__")
    for at in range(1, len(parts)):
        for name in _growing(parts[at:]):
            yield "__".join(parts[:at]), name


def _growing(parts: Sequence[str]) -> Iterator[str]:
    return ("__".join(parts[: count + 1]) for count in range(len(parts)))
