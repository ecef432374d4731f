"""ServiceBridge's sandbox: entities and lists by the vendor's text ("Public API") and what its clients show.

Left out of what the real vendor does: writing, and the trimming of rows to the rights of a personnel record.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from fieldhouse.sources.sandbox.sandbox import Answer, Call, Clock, Record, copy_json

from .auth import AuthenticatedSandbox, refusal, reply
from .generators import FIRST_ID, Generator, stamp
from .plausible import make_plausible
from .seed import ENTITIES, Entity
from .store import RowStore, whole_numbers

MOST_ON_A_PAGE = 500
_RANGE = 400_000_000
_BY_TABLE = {entity.table: entity for entity in ENTITIES}
_BY_PATH = {entity.path: entity for entity in ENTITIES}


class ServiceBridgeSandbox(AuthenticatedSandbox):
    """Switches by table: ``honours`` (``changeTime`` works; elsewhere it is ignored in silence). By path such
    as ``/Leads``: ``denied`` (path -> 403 or 404), ``soft_error`` (200, ``Success`` false). For all lists:
    ``newest_first``, ``total_count_off`` (added to ``TotalCount``), ``whole_numbers`` (100.0 printed as 100).
    ``refuses_pages``: tables whose lists answer whole, and 400 where ``page`` is sent.
    """

    name = "servicebridge"
    versioned = "work_orders"

    def __init__(
        self,
        seed: int = 7,
        size: float = 1.0,
        clock: Clock | None = None,
        *,
        timer: Callable[[], float] = time.monotonic,
        edge_cases: bool = False,
    ) -> None:
        super().__init__(seed, size, clock, timer, edge_cases=edge_cases)
        self.honours = {entity.table for entity in ENTITIES if entity.changes}
        self.denied: dict[str, int] = {}
        self.soft_error: set[str] = set()
        self.refuses_pages: set[str] = set()
        self.newest_first = False
        self.total_count_off = 0
        self.whole_numbers = False
        self.tables = {one.table: RowStore(FIRST_ID + index * _RANGE) for index, one in enumerate(ENTITIES)}
        self._generator = Generator(self.random, self.clock.now(), self.tables)
        for entity in ENTITIES:
            for _ in range(max(2, round(entity.rows * size)) if entity.paged else entity.rows):
                self._seed(entity)

    def _seed(self, entity: Entity) -> None:
        created = self._generator.past()
        updated = created + (self._generator.now - created) * self.random.random()
        record = {"Id": self.tables[entity.table].new_id(), **entity.build(self._generator)}
        record["Metadata"] = {
            "CreatedOn": stamp(created),
            "UpdatedOn": stamp(updated.replace(microsecond=0)),
            "CreatedBy": self._generator.ref("users"),
            "UpdatedBy": self._generator.ref("users", 0.2),
            "Version": self.random.randrange(1, 30),
        }
        self._correct(entity.table, record)
        self.tables[entity.table].put(record)

    def read(self, call: Call, path: str) -> Answer:
        collection, _, last = path.rpartition("/")
        row_id = int(last) if last.isdecimal() else None
        entity = _BY_PATH.get(path if row_id is None else collection)
        if entity is None:
            return refusal(404, "MethodNotFound", "Method is not found.")
        if entity.path in self.denied:
            status = self.denied[entity.path]
            return refusal(
                status, "MethodNotFound" if status == 404 else "AccessDenied", "Not for this user."
            )
        if entity.path in self.soft_error:
            return refusal(200, "InternalError", "An error has occurred.")
        return self._list(call, entity) if row_id is None else self._one(entity, row_id)

    def _one(self, entity: Entity, row_id: int) -> Answer:
        rows = self.tables[entity.table]
        if row_id not in rows.by_id:
            return refusal(404, "EntityNotFound", f"There is no entity with id {row_id}.")
        return reply(self._printed(rows.output(row_id)))

    def _list(self, call: Call, entity: Entity) -> Answer:
        try:
            number, page_size = self._pages(call, entity)
            since = _change_time(call) if entity.table in self.honours else None
        except ValueError as wrong:
            return refusal(400, "InvalidParameter", str(wrong))
        hidden = entity.table == "customers" and call.first("includeInactiveCustomers", "") != "true"
        rows = self.tables[entity.table]
        rows_found = rows.find(since, hidden)
        ordered = rows_found[::-1] if self.newest_first else rows_found
        shown = ordered if page_size is None else ordered[(number - 1) * page_size : number * page_size]
        data = self._printed([rows.output(row_id) for row_id in shown])
        return reply(data, TotalCount=len(rows_found) + self.total_count_off)

    def _pages(self, call: Call, entity: Entity) -> tuple[int, int | None]:
        """The page that is asked for and its size; no size where the list answers whole."""
        if entity.table in self.refuses_pages:
            if call.first("page") or call.first("pageSize"):
                raise ValueError("page and pageSize are no parameters of this method.")
            return 1, None
        if not entity.paged:
            return 1, None
        return _integer(call, "page", 1), _integer(call, "pageSize", 50, MOST_ON_A_PAGE)

    def _printed(self, data: Any) -> Any:
        return whole_numbers(data) if self.whole_numbers else data

    def truth(self) -> dict[str, list[Record]]:
        """All rows, inactive customers too, by ``Id``."""
        with self.lock:
            return {table: rows.truth() for table, rows in self.tables.items()}

    def create(self, table: str, **fields: Any) -> Record:
        """A new row as a user makes it; ``fields`` replace what the dice gave. Gives a copy of the row."""
        with self.lock:
            rows, now = self.tables[table], stamp(self.clock.now())
            record = {"Id": rows.new_id(), **_BY_TABLE[table].build(self._generator)}
            user = self._generator.ref("users")
            record["Metadata"] = {
                "CreatedOn": now,
                "UpdatedOn": now,
                "CreatedBy": user,
                "UpdatedBy": user,
                "Version": 1,
            }
            self._correct(table, record)
            record |= {name: value for name, value in fields.items() if name != "Metadata"}
            rows.put(record)
            return copy_json(record)

    def change(self, table: str, id: int | None = None, *, touch: bool = True, **fields: Any) -> Record:
        """Set ``fields`` of a row (of any row without ``id``), or what the dice give where there are none.

        Without ``touch`` the metadata stand still. Raises KeyError where there is no such row.
        """
        with self.lock:
            rows = self.tables[table]
            record = copy_json(rows.by_id[self._chosen(table, id)])
            record.update(fields or self._other(table, record))
            if not fields:
                self._correct(table, record)
            if touch:
                self._touch(record)
            rows.by_id[record["Id"]] = record
            rows.changed()
            return copy_json(record)

    def delete(self, table: str, id: int | None = None) -> Record:
        with self.lock:
            return copy_json(self.tables[table].remove(self._chosen(table, id)))

    def restore(self, table: str, id: int, *, touch: bool = True) -> Record:
        """Bring a deleted row back under its old id. Raises KeyError where none was deleted."""
        with self.lock:
            record = self.tables[table].gone[id]
            if touch:
                self._touch(record)
            self.tables[table].put(record)
            return copy_json(record)

    def add_field(self, table: str, name: str, value: Any) -> None:
        """Every row of ``table`` shows ``name`` with ``value`` from now on; its metadata stand still."""
        with self.lock:
            self.tables[table].extra[name] = value

    def edit(self, count: int = 1) -> list[str]:
        with self.lock:
            return [self._edit(self.random.choice(ENTITIES).table) for _ in range(count)]

    def _edit(self, table: str) -> str:
        action = self.random.choices(("change", "create", "delete"), (6, 2, 1))[0]
        if action == "create" or not self.tables[table].ids:
            return f"{table}: created {self.create(table)['Id']}"
        if action == "delete" and len(self.tables[table].ids) > 3:
            return f"{table}: deleted {self.delete(table)['Id']}"
        return f"{table}: changed {self.change(table)['Id']}"

    def _chosen(self, table: str, id: int | None) -> int:
        return self.random.choice(self.tables[table].ids) if id is None else id

    def _other(self, table: str, record: Record) -> Record:
        """One or two fields as another row would have them; lists also get empty, shorter, longer."""
        other = _BY_TABLE[table].build(self._generator)
        names = self.random.sample(sorted(other.keys() - {"Number"}), self.random.choice((1, 2)))
        lists = [name for name, value in other.items() if isinstance(value, list)]
        if lists and self.random.random() < 0.5:
            names = [self.random.choice(lists)]
        return {
            name: self._new_list(record[name], other[name]) if name in lists else other[name]
            for name in names
        }

    def _new_list(self, old: list[Record], other: list[Record]) -> list[Record]:
        return self.random.choice(([], old[:-1], old[1:], old + other, other))

    def _correct(self, table: str, record: Record) -> None:
        if not self.edge_cases:
            make_plausible(table, record, self.tables, self.clock.now(), _RANGE)

    def _touch(self, record: Record) -> None:
        meta = record["Metadata"]
        now = stamp(self.clock.now())
        meta |= {"UpdatedOn": now, "UpdatedBy": self._generator.ref("users"), "Version": meta["Version"] + 1}


def _integer(call: Call, name: str, default: int, most: int | None = None) -> int:
    text = call.first(name, str(default)) or ""
    if not (text.isascii() and text.isdecimal()) or int(text) < 1 or (most is not None and int(text) > most):
        raise ValueError(f"{name} must be a whole number from 1" + (f" to {most}." if most else "."))
    return int(text)


def _change_time(call: Call) -> str | None:
    """``changeTime``, naive UTC to the second. Raises ValueError for any other form."""
    text = call.first("changeTime")
    if text is not None:
        try:
            datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")
        except ValueError:
            raise ValueError("changeTime must look like 2026-11-02T14:30:00.") from None
    return text
