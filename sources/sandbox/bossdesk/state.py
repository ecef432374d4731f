"""The BOSSDesk sandbox's data: what there is, how it changes, and what is true."""

from __future__ import annotations

import random
from typing import Any

from fieldhouse.sources.sandbox.sandbox import Clock, Record, Sandbox, copy_json

from .edits import KINDS, SHARES, close_or_reopen, comment, fresh, rename
from .nested import NestedGenerator
from .ransack import Search
from .reference_data import Calendar, Dice, references, stamp, stamp_ms
from .seed import RowGenerator
from .store import Store
from .views import LIVE, in_list
from .words import ACCOUNT, ARTICLES

_EVERY = Search()


class BossDeskState(Sandbox):
    """All rows, and the edits of the vendor's users.

    ``live_names``: nested records show a renamed row's new name at once, although the outer ``updated_at``
    stands still, as a join at the vendor would. Off, they show what was there when the outer row was edited.
    ``has_articles``: the account has API v2, whose address answers 404 otherwise.
    """

    name = "bossdesk"
    versioned = "tickets"

    def __init__(
        self, seed: int = 7, size: float = 1.0, clock: Clock | None = None, *, edge_cases: bool = False
    ) -> None:
        super().__init__(seed, size, clock, edge_cases=edge_cases)
        self.live_names = False
        self.has_articles = True
        self.account: Record = copy_json(ACCOUNT)
        self.extra: dict[str, dict[str, Any]] = {}
        calendar = Calendar(self.clock.now(), edge_cases=edge_cases)
        tables = references(calendar)
        full = {"tickets": 400, "cis": 120, "users": 90}
        self.seeds = RowGenerator(
            seed, {table: max(4, round(n * size)) for table, n in full.items()}, calendar, tables
        )
        self.stores: dict[str, Store] = {
            "tickets": Store("tickets", self.seeds.ticket, self.seeds.complete_ticket),
            "cis": Store("cis", self.seeds.ci, self.seeds.complete_ci),
            "users": Store("users", self.seeds.user),
        }
        for table, count in self.seeds.counts.items():
            self.stores[table].seed(
                stamp_ms(calendar.updated(number, count)) for number in range(1, count + 1)
            )
        for table, rows in tables.items():
            self.stores[table] = Store(table, lambda number: {})
            for row in rows:
                self.stores[table].add(row)
        self._next_child = 100_000_000

    # What is shown

    def row(self, table: str, row_id: int) -> Record:
        """A row as its list shows it."""
        shown = in_list(table, self._live(table, self.stores[table].row(row_id)))
        return self.dressed(table, shown) if table in self.extra else shown

    def detail(self, table: str, row_id: int) -> Record:
        """A row as its detail shows it; categories of articles show no more there than in their list."""
        full = self._live(table, self.stores[table].full(row_id))
        return self.dressed(table, in_list(table, full) if table == "article_categories" else full)

    def dressed(self, table: str, shown: Record) -> Record:
        """With the fields that ``add_field`` brought in."""
        extra = self.extra.get(table, {})
        fields = [name for name in extra if name in shown or name not in self._native(table)]
        return {
            **shown,
            **{name: extra[name](shown) if callable(extra[name]) else extra[name] for name in fields},
        }

    def _native(self, table: str) -> Record:
        store = self.stores.get(table)
        return store.full(next(iter(store.updated))) if store and store.updated else {}

    def _live(self, table: str, record: Record) -> Record:
        if not self.live_names:
            return record
        now = dict(record)
        for field, of in LIVE.get(table, {}).items():
            nested = record[field]
            if nested and nested["id"] in self.stores[of].updated:
                current = self.stores[of].row(nested["id"])
                now[field] = {name: current.get(name, value) for name, value in nested.items()}
        return now

    def truth(self) -> dict[str, list[Record]]:
        """List row united with detail, by id; copies that may be changed."""
        with self.lock:
            tables = {
                table: [
                    {**self.row(table, row_id), **self.detail(table, row_id)}
                    for row_id in store.order(_EVERY, False)
                ]
                for table, store in self.stores.items()
                if self.has_articles or table not in ARTICLES
            }
            return copy_json({**tables, "account": [self.dressed("account", self.account)]})

    # What users do

    def create(self, table: str, **fields: Any) -> Record:
        """A new row, made now, with ``fields`` as given and the rest made up. Gives the row as its detail."""
        with self.lock:
            store = self.stores[table]
            return self._given(table, store.add(fresh(self, table, store.last + 1, self._dice()) | fields))

    def change(self, table: str, id: int | None = None, **fields: Any) -> Record:
        """Edit a row (a random one without ``id``): the given fields, or else a random edit."""
        with self.lock:
            return self._change(table, id, fields)[0]

    def delete(self, table: str, id: int | None = None) -> Record:
        """Take a row away (a random one without ``id``); its nested copies elsewhere stay."""
        with self.lock:
            store = self.stores[table]
            return copy_json(store.remove(store.any_id(self.random) if id is None else id))

    def restore(self, table: str, id: int, touch: bool = True) -> Record:
        """Bring a deleted row back; without ``touch`` its ``updated_at`` is the old one."""
        with self.lock:
            record = self.stores[table].gone[id]
            if touch:
                record["updated_at"] = stamp(self.clock.now())
            return self._given(table, self.stores[table].add(record))

    def comment(self, ticket_id: int | None = None) -> Record:
        """Comment a ticket (a random one without ``ticket_id``), which touches it; gives the comment."""
        with self.lock:
            record = self._touched("tickets", ticket_id)
            comment(self, record, self._dice())
            return copy_json(record["comments"][-1])

    def close(self, ticket_id: int) -> Record:
        """Close a ticket, or reopen a closed one."""
        with self.lock:
            record = self._touched("tickets", ticket_id)
            close_or_reopen(self, record, self._dice())
            return self._given("tickets", record)

    def add_field(self, table: str, name: str, value: Any, touch: bool = False) -> None:
        """From now on rows of ``table`` show ``name``, in place of a field of that name or as a new one.

        ``value`` may be called with the row as shown. ``touch`` also marks every row as updated now.
        """
        with self.lock:
            self.extra.setdefault(table, {})[name] = value
            for row_id in list(self.stores[table].updated) if touch else ():
                self.stores[table].keep(row_id, stamp(self.clock.now()))

    def edit(self, count: int = 1) -> list[str]:
        """Mixed edits over all tables. They leave at most a tenth of a table deleted."""
        with self.lock:
            return [self._random_edit() for _ in range(count)]

    def _random_edit(self) -> str:
        table = self.random.choices([*SHARES, "account"], [*SHARES.values(), 1])[0]
        if table == "account":
            return f"account: {self._change(table, None, {})[1]}"
        store, chance = self.stores[table], self.random.random()
        if chance < 0.10:
            return f"{table}: created {self.create(table)['id']}"
        if chance < 0.15 and len(store.gone) < max(1, len(store.updated) // 10):
            row_id = store.any_id(self.random)
            if store.number_of(row_id) > 1:
                return f"{table}: deleted {self.delete(table, row_id)['id']}"
        if chance < 0.17 and store.gone:
            return f"{table}: restored {self.restore(table, self.random.choice(sorted(store.gone)))['id']}"
        record, done = self._change(table, None, {})
        return f"{table}: {done} {record['id']}"

    def _change(self, table: str, row_id: int | None, fields: Record) -> tuple[Record, str]:
        if table == "account":
            done = "" if fields else rename(self, self.account, self._dice())
            self.account |= fields
            return copy_json(self.account), done
        record, done = self._touched(table, row_id), ""
        if not fields:
            done = self.random.choice(KINDS[table])(self, record, self._dice())
        record |= fields
        self.stores[table].updated[record["id"]] = record["updated_at"]
        return self._given(table, record), done

    def _touched(self, table: str, row_id: int | None) -> Record:
        store = self.stores[table]
        record = store.keep(store.any_id(self.random) if row_id is None else row_id, stamp(self.clock.now()))
        if table == "tickets":
            record["lock_version"] += 1
        return record

    def _given(self, table: str, record: Record) -> Record:
        return copy_json(self.dressed(table, record))

    def _dice(self) -> Dice:
        return Dice(self.random.getrandbits(64))

    def maker(self, ticket: Record) -> NestedGenerator:
        """Makes children of a ticket, now."""
        self._next_child += 10
        now = stamp(self.clock.now())
        return NestedGenerator(self.seeds, self._dice(), self._next_child, now, now)

    def draw(self, table: str, dice: Dice) -> Record:
        """Any row of a table, as it is now."""
        store = self.stores[table]
        return store.row(store.any_id(random.Random(dice.below(1 << 32))))
