"""What users of ServiceSidekick do to its rows, by name or at random."""

from __future__ import annotations

import random
from abc import abstractmethod
from typing import Any

from fieldhouse.sources.sandbox.sandbox import Clock, Record, Sandbox, copy_json

from .fields import CHILDREN
from .plausible import make_plausible
from .seed import BUILDERS, CHILD_BUILDERS, Generator, crew, opportunity, stamp
from .store import RowStore

_DELETABLE = ("customers", "jobs", "tasks", "opportunities")
_FIXED = ("id", "customer_number", "job_number", "employee_number", "created_at", "updated_at")
NUMBERS = {
    "customers": "customer_number",
    "jobs": "job_number",
    "employees": "employee_number",
    "opportunities": "job_number",
}
OPPORTUNITIES = 20
"""Rows at size 1.0."""


class ServiceSidekickState(Sandbox):
    """The shelves and what fills and changes them. Job rows keep their ``employees`` as ids."""

    def __init__(self, seed: int, size: float, clock: Clock | None, *, edge_cases: bool) -> None:
        super().__init__(seed, size, clock, edge_cases=edge_cases)
        self.stores = {
            table: RowStore(1_600_000 + index * 20_000_000, NUMBERS.get(table, "id"))
            for index, table in enumerate(BUILDERS)
        }
        self._generator = Generator(self.random, self.clock.now(), self.stores)
        for table, (rows, grows, build) in BUILDERS.items():
            for _ in range(max(2, round(rows * size)) if grows else rows):
                record = build(self._generator, self.stores[table].identity())
                self._correct(table, record, is_seed=True)
                self.stores[table].put(record)
        self._fill_opportunities(seed)

    def _fill_opportunities(self, seed: int) -> None:
        """Drawn apart, so that the other tables hold what they hold without them."""
        self._apart = random.Random(f"{self.name}:opportunities:{seed}")
        self._opportunities = Generator(self._apart, self.clock.now(), self.stores)
        self.stores["opportunities"] = store = RowStore(400_000_000, NUMBERS["opportunities"], 500_000)
        for _ in range(max(2, round(OPPORTUNITIES * self.size))):
            store.put(self._built("opportunities", store.identity()))

    def _built(self, table: str, who: Record) -> Record:
        if table == "opportunities":
            return opportunity(self._opportunities, who)
        return BUILDERS[table][2](self._generator, who)

    @abstractmethod
    def row(self, table: str, id: int) -> Record:
        """The row as ``truth`` shows it."""

    def create(self, table: str, **fields: Any) -> Record:
        """A new row; ``fields`` replace what the dice gave."""
        with self.lock:
            record = self._built(table, self.stores[table].identity())
            now = stamp(self.clock.now())
            record |= {name: now for name in ("created_at", "updated_at") if name in record}
            self._correct(table, record)
            record |= fields
            self.stores[table].put(record)
            return self.row(table, record["id"])

    def change(self, table: str, id: int | None = None, *, touch: bool = True, **fields: Any) -> Record:
        """Set ``fields`` of a row (of any row without ``id``), or what the dice give where there are none.

        Without ``touch`` its ``updated_at`` stands still. A job's ``employees`` are given as ids. Raises
        KeyError where there is no such row.
        """
        with self.lock:
            record = copy_json(self._row_or_any(table, id))
            record.update(fields or self._other(table))
            if not fields:
                self._correct(table, record)
            if touch and "updated_at" in record:
                record["updated_at"] = stamp(self.clock.now())
            self.stores[table].put(record)
            return self.row(table, record["id"])

    def delete(self, table: str, id: int | None = None) -> Record:
        """Raises ValueError for employees, who "can be made inactive but cannot be deleted", and for types,
        statuses and tax entities."""
        if table not in _DELETABLE:
            raise ValueError(f"{table} cannot be deleted, only {', '.join(_DELETABLE)}")
        with self.lock:
            row_id = self._row_or_any(table, id)["id"]
            shown = self.row(table, row_id)
            self.stores[table].remove(row_id)
            return shown

    def restore(self, table: str, id: int, *, touch: bool = True) -> Record:
        """Bring a deleted row back under its old id and number. Raises KeyError where none was deleted."""
        with self.lock:
            record = self.stores[table].gone[id]
            if touch:
                record["updated_at"] = stamp(self.clock.now())
            self.stores[table].put(record)
            return self.row(table, id)

    def add_child(self, table: str, id: int, name: str, /, *, touch: bool = False, **fields: Any) -> Record:
        """A new contact, note, charge or time entry. ``touch`` moves the parent's ``updated_at`` too."""
        with self.lock:
            parent = self._row_or_any(table, id)
            now = stamp(self.clock.now())
            child = (
                CHILD_BUILDERS[name](self._generator, parent)
                | {"created_at": now, "updated_at": now}
                | fields
            )
            self.change(table, id, touch=touch, **{name: [*parent[name], child]})
            return dict(child)

    def change_child(
        self, table: str, id: int, name: str, index: int = 0, /, *, touch: bool = False, **fields: Any
    ) -> Record:
        """Set ``fields`` of one child, by its place in the list."""
        with self.lock:
            children = copy_json(self._row_or_any(table, id)[name])
            children[index] |= {"updated_at": stamp(self.clock.now())} | fields
            self.change(table, id, touch=touch, **{name: children})
            return dict(children[index])

    def add_field(self, table: str, name: str, value: Any) -> None:
        """Every row of ``table`` shows ``name`` with ``value`` from now on, wherever the row stands."""
        with self.lock:
            self.stores[table].extra[name] = value

    def edit(self, count: int = 1) -> list[str]:
        tables = list(BUILDERS)
        with self.lock:
            return [
                self._edit("opportunities" if self._apart.random() < 0.05 else self.random.choice(tables))
                for _ in range(count)
            ]

    def _edit(self, table: str) -> str:
        shelf = self.stores[table]
        action = self.random.choices(("change", "child", "create", "delete"), (4, 4, 2, 1))[0]
        if action == "create" or not shelf.by_id:
            return f"{table}: created {self.create(table)['id']}"
        if action == "delete" and table in _DELETABLE and len(shelf.by_id) > 3:
            return f"{table}: deleted {self.delete(table)['id']}"
        if action == "child" and table in CHILDREN:
            return self._edit_children(table, self._row_or_any(table, None))
        return f"{table}: changed {self.change(table)['id']}"

    def _edit_children(self, table: str, record: Record) -> str:
        """One list of one row: something added, changed, removed, or all of it gone."""
        name, touch = self.random.choice(CHILDREN[table]), self.random.random() < 0.5
        action = f"{table}: {name} of {record['id']} edited, updated_at {'moved' if touch else 'stood still'}"
        row_id, how = record["id"], self.random.choice(("add", "change", "remove", "empty"))
        if name == "employees":
            self.change(table, row_id, touch=touch, employees=crew(self._generator))
        elif how == "add" or not record[name]:
            self.add_child(table, row_id, name, touch=touch)
        elif how == "change":
            fresh = CHILD_BUILDERS[name](self._generator, record)
            del fresh["id"], fresh["created_at"], fresh["updated_at"]
            self.change_child(table, row_id, name, touch=touch, **fresh)
        else:
            self.change(table, row_id, touch=touch, **{name: record[name][1:] if how == "remove" else []})
        return action

    def _correct(self, table: str, record: Record, *, is_seed: bool = False) -> None:
        if not self.edge_cases:
            make_plausible(table, record, self.clock.now(), is_seed=is_seed)

    def _row_or_any(self, table: str, id: int | None) -> Record:
        row_id = self.stores[table].pick(self.random) if id is None else id
        if row_id is None:
            raise KeyError(f"{table} is empty")
        return self.stores[table].by_id[row_id]

    def _other(self, table: str) -> Record:
        """One or two plain fields as another row would have them."""
        other = self._built(table, dict.fromkeys(_FIXED, 1))
        names = sorted(other.keys() - {*_FIXED, *CHILDREN.get(table, ())})
        return {name: other[name] for name in self.random.sample(names, self.random.choice((1, 2)))}
