"""What BOSSDesk's users do all day: one function for each kind of edit, drawn at random by ``edit``.

A kind gets the desk, a row to edit in place and a dice, and says what it did. Nested records are replaced,
never changed in place, because many rows share them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from fieldhouse.sources.sandbox.sandbox import Clock, Record

from . import nested as children
from .reference_data import Dice, brief, custom_value, reference, stamp
from .seed import PERSON, RowGenerator
from .store import Store
from .words import CITIES, DESIGNATIONS, FIRST_NAMES, LAST_NAMES, MODELS, NAMES, OPEN, SUBJECTS, TROUBLES


class EditedState(Protocol):
    """What the kinds of edits need of the sandbox."""

    clock: Clock
    stores: dict[str, Store]
    seeds: RowGenerator

    def maker(self, ticket: Record) -> children.NestedGenerator: ...

    def draw(self, table: str, dice: Dice) -> Record: ...


Kind = Callable[[EditedState, Record, Dice], str]


def _set(field: str, value: Callable[[EditedState, Dice], object]) -> Kind:
    """A kind that gives ``field`` a new value."""

    def kind(state: EditedState, row: Record, dice: Dice) -> str:
        row[field] = value(state, dice)
        return f"set {field}"

    return kind


def _refer(field: str, table: str, *fields: str, empty: int = 1_000_000) -> Kind:
    """A kind that points ``field`` at a row of ``table``, or at nothing once in ``empty`` times."""

    def kind(state: EditedState, row: Record, dice: Dice) -> str:
        row[field] = None if dice.below(empty) == 0 else brief(state.draw(table, dice), *fields)
        return f"set {field}"

    return kind


def _custom_field(owner: str) -> Kind:
    def kind(state: EditedState, row: Record, dice: Dice) -> str:
        values: Record = dict(row["custom_fields"])
        if values and dice.below(4) == 0:
            del values[dice.pick(sorted(values))]
        elif dice.below(10) == 0:
            values.clear()
        else:
            field = dice.pick(state.seeds.fields[owner])
            values[str(field["id"])] = custom_value(field["type_id"], dice)
        row["custom_fields"] = values
        return "changed custom fields"

    return kind


def _tags(owner: str) -> Kind:
    def kind(state: EditedState, row: Record, dice: Dice) -> str:
        row["tags"] = dice.sample(state.seeds.tags[owner], 3)
        return "changed tags"

    return kind


def _fewer(field: str) -> Kind:
    """Takes one child away, or all of them."""

    def kind(state: EditedState, row: Record, dice: Dice) -> str:
        row[field] = [] if dice.below(2) else row[field][1:]
        return f"removed from {field}"

    return kind


def close_or_reopen(state: EditedState, row: Record, dice: Dice) -> str:
    reopened = row["status"] == "closed"
    row["status"] = dice.pick(OPEN) if reopened else "closed"
    row["closed_at"] = None if reopened else stamp(state.clock.now())
    return "reopened" if reopened else "closed"


def comment(state: EditedState, row: Record, dice: Dice) -> str:
    row["comments"] = [*row["comments"], state.maker(row).comment()]
    return "commented"


def attach(state: EditedState, row: Record, dice: Dice) -> str:
    row["attachments"] = [*row["attachments"], state.maker(row).attachment()]
    return "attached a file"


def attach_to_comment(state: EditedState, row: Record, dice: Dice) -> str:
    if not row["comments"]:
        return comment(state, row, dice)
    *before, last = row["comments"]
    files = [] if last["attachments"] else [state.maker(row).attachment()]
    row["comments"] = [*before, {**last, "attachments": files}]
    return "changed a comment's attachments"


def add_task(state: EditedState, row: Record, dice: Dice) -> str:
    row["tasks"] = [*row["tasks"], state.maker(row).task()]
    return "added a task"


def close_task(state: EditedState, row: Record, dice: Dice) -> str:
    if not row["tasks"]:
        return add_task(state, row, dice)
    first, *others = row["tasks"]
    row["tasks"] = [*others, {**first, "closed_at": stamp(state.clock.now())}]
    return "closed a task"


def log_time(state: EditedState, row: Record, dice: Dice) -> str:
    row["time_entries"] = [*row["time_entries"], state.maker(row).time_entry(row["tasks"])]
    return "logged time"


def ask_approval(state: EditedState, row: Record, dice: Dice) -> str:
    row["approval_requests"] = [*row["approval_requests"], state.maker(row).approval()]
    return "asked for approval"


def link_ci(state: EditedState, row: Record, dice: Dice) -> str:
    row["cis"] = [children.inside_ticket(state.draw("cis", dice))]
    return "linked a CI"


def own_ci(state: EditedState, row: Record, dice: Dice) -> str:
    row["users"] = [state.seeds.owner(state.draw("users", dice)) for _ in range(dice.below(3))]
    return "changed owners"


def scan(state: EditedState, row: Record, dice: Dice) -> str:
    """A new inventory, or none any more."""
    system = children.system((f"Windows 11 {dice.below(30)}", f"10.0.{dice.below(30000)}", None))
    row["inventory"] = {**system, **children.inventory(dice)} if dice.below(5) else None
    row["inventory_updated_at"] = stamp(state.clock.now())
    return "took inventory"


def archive(state: EditedState, row: Record, dice: Dice) -> str:
    row["archived_at"] = None if row["archived_at"] else stamp(state.clock.now())
    return "archived" if row["archived_at"] else "brought back from the archive"


def rename(state: EditedState, row: Record, dice: Dice) -> str:
    field = "name" if "name" in row else "title"
    row[field] = f"{row[field].split(' (')[0]} ({dice.pick(CITIES)} {dice.below(1000)})"
    return "renamed"


def _due(state: EditedState, dice: Dice) -> str | None:
    return stamp(state.clock.now() + timedelta(days=dice.below(20))) if dice.below(4) else None


def _problem(state: EditedState, dice: Dice) -> Record | None:
    return children.linked(1 + dice.below(30), "Many report this") if dice.below(3) else None


TICKET_KINDS: list[Kind] = [
    _set("title", lambda state, dice: f"{dice.pick(SUBJECTS)} {dice.pick(TROUBLES)} ({dice.below(1000)})"),
    _set(
        "description", lambda state, dice: dice.pick([None, "", f"<p>Now with {dice.below(1000)} more</p>"])
    ),
    _set("due_at", _due),
    _refer("priority", "helpdesk_priorities", "id", "name", "color"),
    _refer("category", "helpdesk_categories", "id", "name", "color", "icon", empty=4),
    _refer("extended_status", "helpdesk_extended_statuses", "id", "name", empty=3),
    _refer("team", "teams", "id", "name", empty=4),
    _refer("agent", "users", *PERSON, empty=4),
    _refer("requester", "users", *PERSON, "is_agent", "email", "phone", "mobile", "group"),
    *(close_or_reopen, close_or_reopen, comment, comment, comment, attach, attach_to_comment),
    *(add_task, close_task, log_time, ask_approval, link_ci, _custom_field("ticket"), _tags("ticket")),
    *(
        _fewer(field)
        for field in ("comments", "attachments", "tags", "tasks", "time_entries", "approval_requests")
    ),
    *(_fewer("cis"), _set("problem", _problem)),
]
CI_KINDS: list[Kind] = [
    _set("model", lambda state, dice: dice.pick(MODELS)),
    _set("online", lambda state, dice: dice.below(2) == 0),
    _set("description", lambda state, dice: dice.pick([None, f"Moved {dice.below(100)} times"])),
    _refer("status", "ci_statuses", "id", "name"),
    _refer("location", "locations", "id", "name", empty=3),
    _refer("manufacturer", "manufacturers", "id", "name", empty=5),
    *(own_ci, scan, scan, archive, _custom_field("ci"), _tags("ci"), _fewer("tags"), _fewer("users")),
]
USER_KINDS: list[Kind] = [
    _set("first_name", lambda state, dice: dice.pick(FIRST_NAMES)),
    _set("last_name", lambda state, dice: dice.pick(LAST_NAMES)),
    _set("phone", lambda state, dice: dice.pick([None, "", f"522-319-{dice.below(9999):04d} x158"])),
    _set("designation", lambda state, dice: dice.pick(DESIGNATIONS)),
    _refer("group", "groups", "id", "name", empty=3),
    _refer("location", "locations", "id", "name", empty=3),
    *(archive, _tags("user"), _fewer("tags"), _fewer("roles")),
]


def _options(state: EditedState, row: Record, dice: Dice) -> str:
    row["options"] = [
        {"id": row["id"] * 10 + place, "name": f"Option {place}"} for place in range(dice.below(4))
    ]
    return "changed options"


def _category_teams(state: EditedState, row: Record, dice: Dice) -> str:
    row["teams"] = [brief(state.draw("teams", dice), "id", "name") for _ in range(dice.below(3))]
    return "changed teams"


KINDS: dict[str, list[Kind]] = {
    **{name: [rename] for name in NAMES},
    "custom_fields": [rename, _options],
    "helpdesk_categories": [rename, _category_teams],
    "tickets": TICKET_KINDS,
    "cis": CI_KINDS,
    "users": USER_KINDS,
}
SHARES = {"tickets": 60, "cis": 14, "users": 12} | dict.fromkeys(NAMES, 1)
"""How often a table is edited, of about 100 edits."""


def fresh(state: EditedState, table: str, number: int, dice: Dice) -> Record:
    """A new row, made now."""
    now = stamp(state.clock.now())
    if table in NAMES:
        return reference(table, number, f"New {table[:-1].replace('_', ' ')} {number}", now)
    store = state.stores[table]
    record = store.derive(number) | {"created_at": now, "updated_at": now}
    if table == "tickets":
        record |= {"status": "incoming", "closed_at": None, "due_at": _due(state, dice), "lock_version": 0}
    else:
        record |= {"archived_at": None} | ({"inventory_updated_at": now} if table == "cis" else {})
    return store.complete(record)
