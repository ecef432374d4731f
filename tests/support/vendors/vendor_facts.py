"""What the tests must know of a vendor, beside what its declarations and its sandbox say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fieldhouse.sources.sandbox.sandbox import Sandbox

Record = Mapping[str, Any]


@dataclass(frozen=True)
class SyncFacts:
    """For tests of whole syncs.

    Attributes:
        size: of the sandbox, small but with pages.
        main: a table with children where there are any, that can be edited, and whose rows others do not hold.
        few: enough tables to kill a sync of.
        lone: a table that no other needs, and a part of its address or the name of its method.
        small: two tables that are read fast.
    """

    size: float
    main: str
    few: tuple[str, ...]
    lone: tuple[str, str]
    small: tuple[str, ...]


@dataclass(frozen=True)
class SmallWorld:
    """For the fault matrix: a few tables with a few rows on each page.

    Attributes:
        size: of the sandbox.
        page: rows on a page; 0 where no list has pages.
        tables: those that are synced.
        edited: those that somebody edits; a row can be taken away from ``deleted``.
        main: the table that most happens to.
        lone: a table that no other needs, and a part of its address or the name of its method.
        requests: of a first sync, and at least so many of a later one with a sweep.
        statements: of the loading thread, at least, in a first sync and in a later one with something to load.
    """

    size: float
    page: int
    tables: tuple[str, ...]
    edited: tuple[str, ...]
    deleted: tuple[str, ...]
    main: str
    lone: tuple[str, str]
    requests: tuple[int, int]
    statements: tuple[int, int]


@dataclass(frozen=True)
class VendorFacts:
    """One vendor.

    Attributes:
        tables: every table of the inventory -> its key's columns and its documented child tables, by blanks.
        sync: for tests of whole syncs.
        faults: for the fault matrix.
        sign_ins: every way to sign in -> a sandbox whose secret credentials are canaries.
        undeclared: ``table.column`` that the sandbox sends where the vendor's text leaves open what else comes, and
            columns that keep values which do not fit, as the vendor's samples have them.
        flags: table -> the column by which the vendor calls a row deleted.
        derived: True of a column that we make from others.
        as_stored: a record as the contract wants it stored.
    """

    tables: Mapping[str, tuple[str, str]]
    sync: SyncFacts
    faults: SmallWorld
    sign_ins: Mapping[str, Callable[[], Sandbox]]
    undeclared: tuple[str, ...] = ()
    flags: Mapping[str, str] = field(default_factory=dict)
    derived: Callable[[str], bool] = lambda column: False
    as_stored: Callable[[Record], Record] = lambda record: record


def canary(field: str) -> str:
    """A secret that no encoding leaves as it is."""
    return f"c4nary/{field}+=&%<'x'>~"


def wild(field: str) -> str:
    """A secret that a JSON body escapes as well."""
    return f'c4nary "{field}"\\ä&?/'
