"""What most Shiftboard reads share: check the params, select, page, show, name what is referred to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from fieldhouse.sources.sandbox.sandbox import Record

from .criteria import Criterion, boolean, chosen, id_of, page_links, page_of, refuse, sorted_by
from .objects import words
from .rpc import NOT_FOUND, RpcError
from .store import BASIC, DETAIL, EXTENDED, Site

Run = Callable[[Site, Record], Any]
Source = Callable[[Site, Record], Iterable[Record]]
"""Takes the select criteria; gives the rows before the plain rules are applied."""

SHOW = "extended referenced_objects"
"""What most lists of work take. Nothing is taken everywhere: a list takes what its own text names."""
NOT_SELECTING = frozenset(words("page extended referenced_objects user_actions display_time"))
"""Params that decide what is shown of the selected rows, not which rows they are."""
BOOLEANS = frozenset(
    words(
        "extended referenced_objects user_actions display_time shared"
        " show_only_workgroup_listables exclude_site sitewide"
        " restricted_roles include_permissions account_points_list"
    )
)


@dataclass(frozen=True)
class Method:
    """A procedure: what runs, which params and which criteria it takes; none where ``select`` is None."""

    run: Run
    params: frozenset[str] = frozenset()
    select: frozenset[str] | None = None

    def __call__(self, site: Site, params: Record) -> Any:
        """Run with params that were checked; RpcError where they are not as the text says."""
        unknown = params.keys() - self.params - ({"select"} if self.select is not None else set())
        if unknown:
            raise refuse(f"Unknown params: {', '.join(sorted(unknown))}")
        for name in params.keys() & BOOLEANS:
            boolean(params[name], name)
        select = params.get("select", {})
        if not isinstance(select, dict):
            raise refuse("select must be an object")
        if unknown := select.keys() - (self.select or frozenset()):
            raise refuse(f"Unknown select criteria: {', '.join(sorted(unknown))}")
        return self.run(site, params)


@dataclass(frozen=True)
class Reference:
    """Rows of ``table`` that the result's ``fields`` point to, with a few of their attributes."""

    name: str
    table: str
    fields: tuple[str, ...]
    shown: tuple[str, ...] = ("id", "name")


def accounts(*fields: str, email: bool = False) -> Reference:
    shown = ("id", "external_id", "first_name", "last_name", "screen_name")
    return Reference("account", "accounts", fields, (*shown, "email") if email else shown)


WORKGROUP = Reference("workgroup", "workgroups", ("workgroup",))
TIMEZONE = Reference("timezone", "timezones", ("timezone",), ("name", "iana_timezone"))
PLACES = (
    Reference("client", "clients", ("client",)),
    Reference("department", "departments", ("department",)),
    Reference("location", "locations", ("location",)),
    Reference("role", "roles", ("role",)),
    Reference("workStatusType", "work_status_types", ("work_status_type",)),
)


def referenced(site: Site, references: Iterable[Reference], rows: list[Record]) -> Record:
    """The ``referenced_objects`` attribute for these rows; kinds to which nothing refers are left out."""
    objects: Record = {}
    for kind in references:
        referenced = {str(row[name]) for row in rows for name in kind.fields if row.get(name)}
        targets = [row for key in sorted(referenced) if (row := site.get(kind.table, key))]
        if targets:
            values = [{name: site.value(kind.table, row, name) for name in kind.shown} for row in targets]
            objects[kind.name] = values
    return {"referenced_objects": objects}


@dataclass(frozen=True)
class Listing:
    """A list method. ``count`` turns the total into the count, ``batch`` is page.batch's type in answers."""

    key: str
    table: str
    rules: Mapping[str, Criterion] = field(default_factory=dict)
    source: Source | None = None
    select: str = ""
    references: tuple[Reference, ...] = ()
    sort: Mapping[str, Callable[[Record], Any]] = field(default_factory=dict)
    order: Callable[[Record], Any] | None = None
    count: Callable[[int], Any] | None = str
    batch: type = int
    paged: bool = True
    selects: bool = True
    shown: Callable[[Site, Record, int], Record] | None = None
    params: str = ""

    def method(self) -> Method:
        params = frozenset(self.params.split())
        params |= ({"sort"} if self.sort else set()) | ({"page"} if self.paged else set())
        select = frozenset(self.rules) | frozenset(self.select.split())
        return Method(self.run, params, select if select or self.selects else None)

    def rows(self, site: Site, params: Record) -> list[Record]:
        """All selected rows in the list's order, whatever page is asked for."""
        select = params.get("select", {})
        wanted = {name: value for name, value in params.items() if name not in NOT_SELECTING}
        digest = orjson.dumps(wanted, option=orjson.OPT_SORT_KEYS)

        def make() -> list[Record]:
            rows = chosen(site, self.table, self._source(site, params), select, self.rules)
            if self.order:
                rows.sort(key=self.order)
            return sorted_by(rows, params["sort"], self.sort) if "sort" in params else rows

        rows: list[Record] = site.memo((id(self), digest, site.now(), site.siteadmin), make)
        return rows

    def _source(self, site: Site, params: Record) -> Iterable[Record]:
        return self.source(site, params) if self.source else site.rows(self.table)

    def run(self, site: Site, params: Record) -> Record:
        page = page_of(params)
        rows = self.rows(site, params)
        level = EXTENDED if params.get("extended") else BASIC
        part = rows[page.start - 1 : page.start - 1 + page.batch] if self.paged else rows
        show = self.shown or (lambda site, row, level: site.show(self.table, row, level))
        result: Record = {self.key: [show(site, row, level) for row in part]}
        if self.count:
            result["count"] = self.count(len(rows))
        if self.paged:
            result |= page_links(page, len(rows), self.batch)
        if self.references and params.get("referenced_objects", True):
            result |= referenced(site, self.references, part)
        return result


def requested_row(site: Site, table: str, params: Record, name: str = "id") -> Record:
    """The row that a get asks for; RpcError where the id is missing or unknown."""
    if name not in params:
        raise refuse(f"{name} is required")
    row = site.get(table, id_of(params[name]))
    if row is None:
        raise RpcError(NOT_FOUND, "No such record")
    return row


def getting(
    table: str, key: str = "", extended: bool = True, references: tuple[Reference, ...] = ()
) -> Method:
    """A get by id: the object under ``key``, or as the whole result where there is no key."""

    def run(site: Site, params: Record) -> Any:
        row = requested_row(site, table, params, name)
        shown = site.show(table, row, DETAIL if params.get("extended", extended) else BASIC)
        if not key:
            return shown
        more = (
            referenced(site, references, [row])
            if references and params.get("referenced_objects", True)
            else {}
        )
        return {key: shown, **more}

    name = "name" if table == "timezones" else "id"
    shows = {"extended", "referenced_objects"} if references else set()
    return Method(run, frozenset({name} | shows))
