"""ServiceSidekick's sandbox: lists, records and per-parent lists in XML, by the vendor's text
("ServiceSidekick API") and the bodies recorded of the same API under its later name.

Left out of what the real vendor does: writing.
"""

from __future__ import annotations

import hmac
import random
import re
from collections.abc import Sequence

from fieldhouse.sources.sandbox.sandbox import Answer, Call, Clock, Record

from .fields import CHILDREN, INCLUDES, RECORD_TYPES, without_secrets
from .filters import InvalidFilter, matching
from .state import ServiceSidekickState
from .xml import RecordType, billion_laughs, deep_nesting, document, errors, huge_body

_XML = {"Content-Type": "application/xml; charset=utf-8"}
_PATH = re.compile(
    r"/(customers|jobs|tasks|employees)(?:/(\d+)(?:/(notes|time_entries|jobs)(?:/(\d+))?)?)?\.xml"
)
_OWN_LISTS = re.compile(r"/(?:(opportunities|invoices)|jobs/(\d+)/job_charges)\.xml")
_ACCOUNT = re.compile(r"^/[a-z0-9][a-z0-9_-]*(?=/)")
_SINGLE = {
    "job_type": ("job_types", "job_type_id"),
    "job_status": ("job_statuses", "job_status_id"),
    "tax_entity": ("tax_entities", "tax_entity_id"),
    "customer": ("customers", "customer_id"),
}
_TRUTH = {
    "customers": ("contacts", "notes", "tax_entity"),
    "jobs": ("employees", "job_charges", "time_entries", "notes", "job_type", "job_status", "tax_entity"),
}
"""The includes of the inventory's fullest read."""


class ServiceSidekickSandbox(ServiceSidekickState):
    """Switches: ``page_size``; ``honours_include`` (False leaves the child elements out); ``hides_inactive``
    (``/employees.xml`` shows active ones only); ``has_own_lists`` (opportunities, invoices and the charges of a job
    have addresses; False answers 404 there); ``wraps_invoices`` (their list stands beside a total); ``newest_first``;
    ``slug`` (a path under the host, as later hosts have); ``bomb``: what ``/tasks.xml`` answers, "entities", "depth"
    or "size" (``bomb_bytes`` long).
    """

    name = "servicesidekick"
    versioned = "jobs"

    def __init__(
        self, seed: int = 7, size: float = 1.0, clock: Clock | None = None, *, edge_cases: bool = False
    ) -> None:
        super().__init__(seed, size, clock, edge_cases=edge_cases)
        self._keys = random.Random(f"{self.name}:keys:{seed}")
        self.token = f"{self._keys.getrandbits(160):040x}"
        self.page_size = 30
        self.honours_include = True
        self.hides_inactive = False
        self.has_own_lists = True
        self.wraps_invoices = False
        self.newest_first = False
        self.slug = ""
        self.bomb: str | None = None
        self.bomb_bytes = 64 * 2**20
        self.writes = self.failed_logins = 0

    def settings(self, base_url: str) -> dict[str, str]:
        return {"base_url": f"{base_url}/{self.slug}" if self.slug else base_url, "api_token": self.token}

    def change_password(self) -> None:
        """ "Changing your password will also change your API token." """
        self.token = f"{self._keys.getrandbits(160):040x}"

    def label(self, call: Call) -> str:
        return f"{call.method} {re.sub(r'/[0-9]+', '/*', call.path)}"

    def answer(self, call: Call) -> Answer:
        if not self._known(call):
            self.failed_logins += 1
            return _refusal("Invalid Username, Account or password.", 401)
        if call.method != "GET":
            self.writes += 1
            return _refusal("This sandbox is read-only.", 405)
        path = self._below_account(call.path)
        if self.has_own_lists and (own := _OWN_LISTS.fullmatch(path)):
            try:
                return Answer(200, self._own_list(call, *own.groups()), _XML)
            except InvalidFilter as wrong:
                return _refusal(str(wrong))
        match = _PATH.fullmatch(path)
        if match is None:
            return Answer(404, b"<html><body>Not found</body></html>", {"Content-Type": "text/html"})
        table, number, below, child = match.groups()
        if table == "tasks" and number is None and self.bomb is not None:
            return Answer(200, self._bomb(self.bomb), _XML)
        try:
            body = self._body(call, table, number, below, child)
        except InvalidFilter as wrong:
            return _refusal(str(wrong))
        return Answer(200, body, _XML)

    def _below_account(self, path: str) -> str:
        """The path below the account's name (``/acme/jobs.xml``), which is any unless ``slug`` is set."""
        if self.slug:
            place = f"/{self.slug}"
            return path.removeprefix(place) if path.startswith(place) else ""
        is_known = _PATH.fullmatch(path) or _OWN_LISTS.fullmatch(path)
        return path if is_known else _ACCOUNT.sub("", path, count=1)

    def _known(self, call: Call) -> bool:
        try:
            pair = call.basic()
        except ValueError:
            return False
        return pair is not None and all(
            hmac.compare_digest(part.encode(), self.token.encode()) for part in pair
        )

    def _body(
        self, call: Call, table: str, number: str | None, below: str | None, child: str | None
    ) -> bytes:
        if number is None:
            return self._list(call, table, self._rows(table))
        record = self.stores[table].numbered(int(number))
        if record is None:
            raise InvalidFilter(f"Invalid {RECORD_TYPES[table].one}.")
        if below is None:
            shown = self._view(table, record, self._include(call, table), _names(call, "only"))
            # The recorded body of one customer has the list's name as its root, that of one job has its own.
            return document(RECORD_TYPES[table], shown, "customers" if table == "customers" else None)
        if below == "jobs" and table == "customers" and child is None:
            return self._list(
                call, "jobs", [job for job in self._rows("jobs") if job["customer_id"] == record["id"]]
            )
        if below not in CHILDREN.get(table, ()):
            raise InvalidFilter("Invalid request.")
        return _children(RECORD_TYPES[table].nested[below], record[below], child)

    def _own_list(self, call: Call, table: str | None, number: str | None) -> bytes:
        """Lists of a later version (Kickserv API v2, unofficial notes): opportunities, invoices, charges of a job."""
        if table is None:
            job = self.stores["jobs"].numbered(int(number or 0))
            if job is None:
                raise InvalidFilter("Invalid job.")
            return document(RECORD_TYPES["jobs"].nested["job_charges"], job["job_charges"])
        start = (_page(call) - 1) * self.page_size
        rows = self._opportunities_shown() if table == "opportunities" else self._invoices()
        body = document(RECORD_TYPES[table], rows[start : start + self.page_size])
        if table == "invoices" and self.wraps_invoices:
            owed = sum(row["balance_remaining"] for row in rows)
            head, _, rest = body.partition(b"\n")
            total = f'<total-balance-remaining type="decimal">{owed:.2f}</total-balance-remaining>'
            body = head + b"\n<hash>" + total.encode() + rest + b"</hash>"
        return body

    def _opportunities_shown(self) -> list[Record]:
        return [self._with_customer("opportunities", row) for row in self._rows("opportunities")]

    def _invoices(self) -> list[Record]:
        """Jobs that are invoiced, each with its tasks."""
        return [
            {
                **self._with_customer("jobs", job),
                "tasks": [
                    self._view("tasks", task) for task in self._rows("tasks") if task["job_id"] == job["id"]
                ],
            }
            for job in self._rows("jobs")
            if job["invoice_date"] is not None
        ]

    def _with_customer(self, table: str, row: Record) -> Record:
        customer = self.stores["customers"].by_id.get(row["customer_id"])
        short = {name: customer[name] for name in ("id", "customer_number", "name")} if customer else None
        return {**self._view(table, row), **({"customer": short} if short else {})}

    def _rows(self, table: str) -> list[Record]:
        shelf = self.stores[table]
        rows = [shelf.by_id[row_id] for row_id in shelf.ids()]
        return rows[::-1] if self.newest_first else rows

    def _list(self, call: Call, table: str, rows: list[Record]) -> bytes:
        rows = matching(call, table, rows, self.stores["employees"], self.clock.now())
        if table != "employees":
            start = (_page(call) - 1) * self.page_size
            rows = rows[start : start + self.page_size]
        elif self.hides_inactive:
            rows = [row for row in rows if row["active"]]
        include, only = self._include(call, table), _names(call, "only")
        return document(RECORD_TYPES[table], [self._view(table, row, include, only) for row in rows])

    def _include(self, call: Call, table: str) -> list[str]:
        names = _names(call, "include")
        if unknown := set(names) - set(INCLUDES.get(table, ())):
            raise InvalidFilter(f"Invalid include: {', '.join(sorted(unknown))}.")
        return names if self.honours_include else []

    def _view(
        self, table: str, record: Record, include: Sequence[str] = (), only: Sequence[str] = ()
    ) -> Record:
        """The row's own fields, or those of ``only``, and the children that ``include`` names, in full."""
        lists = CHILDREN.get(table, ())
        shown = {name: value for name, value in record.items() if name not in lists} | self.stores[
            table
        ].extra
        if only:
            shown = {name: value for name, value in shown.items() if name in only}
        for name in include:
            if name in _SINGLE:
                other, key = _SINGLE[name]
                if (related := self.stores[other].by_id.get(record[key])) is not None:
                    shown[name] = self._view(other, related)
            elif name in ("jobs", "tasks"):
                own = [row for row in self._rows(name) if row["customer_id"] == record["id"]]
                shown[name] = [self._view(name, row) for row in own]
            elif name == "employees":
                crew = self.stores[name].by_id
                shown[name] = [self._view(name, crew[one]) for one in record[name]]
            else:
                shown[name] = [dict(child) for child in record[name]]
        return shown

    def row(self, table: str, id: int) -> Record:
        row = self.stores[table].by_id[id]
        if table == "opportunities":
            return self._with_customer(table, row)
        shown = self._view(table, row, _TRUTH.get(table, ()))
        cleaned: Record = without_secrets(shown)
        return cleaned

    def truth(self) -> dict[str, list[Record]]:
        """Typed values under underscored names, without secrets. Where a job has no type, status or tax
        entity, the key is absent, as the element is. Types, statuses and tax entities: those seen right now.
        """
        with self.lock:
            tables = ("customers", "jobs", "tasks", "employees")
            truth = {
                table: [self.row(table, row_id) for row_id in self.stores[table].ids()] for table in tables
            }
            for one in ("job_type", "job_status", "tax_entity"):
                parents = truth["jobs"] + (truth["customers"] if one == "tax_entity" else [])
                seen = {row[one]["id"]: row[one] for row in parents if one in row}
                truth[_SINGLE[one][0]] = [dict(seen[row_id]) for row_id in sorted(seen)]
            if self.has_own_lists:
                truth |= {"opportunities": self._opportunities_shown(), "invoices": self._invoices()}
            return truth

    def _bomb(self, kind: str) -> bytes:
        if kind == "size":
            return huge_body("tasks", self.bomb_bytes)
        return billion_laughs("tasks") if kind == "entities" else deep_nesting("tasks")


def _children(record_type: RecordType, children: list[Record], child: str | None) -> bytes:
    if child is None:
        return document(record_type, children)
    for one in children:
        if one["id"] == int(child):
            return document(record_type, one)
    raise InvalidFilter(f"Invalid {record_type.one.replace('_', ' ')}.")


def _page(call: Call) -> int:
    text = call.first("page") or "1"
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise InvalidFilter("Invalid page.")
    return int(text)


def _names(call: Call, parameter: str) -> list[str]:
    """Comma-separated and underscored: ``only=job_number,name``. A dashed name names nothing."""
    return [name for name in (call.first(parameter) or "").split(",") if name]


def _refusal(text: str, status: int = 400) -> Answer:
    return Answer(status, errors(text), _XML)
