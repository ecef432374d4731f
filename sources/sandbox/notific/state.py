"""The Notific sandbox's data: what there is, how it changes, and what is true."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from fieldhouse.sources.sandbox.sandbox import Clock, Record, Sandbox, copy_json
from fieldhouse.sources.sandbox.shared import CUSTOMERS, WORKERS, shared
from fieldhouse.sources.sandbox.words import FIRST_NAMES, LAST_NAMES

KINDS = {"tickets": "Ticket", "customers": "Customer", "services": "Service", "operators": "Operator"}
_NAMES = [
    "Nia Feeney",
    "Jack Pot",
    "Łucja Nowak",
    "Søren Ødegård",
    "Gene Poole",
    "O'Hara & Sons",
    "<Zoë>",
    "Mei Chen",
]
_TROUBLES = [
    "Mail is slow",
    "Power cut in hall 3",
    "VPN & Wi-Fi down",
    "Backup <late>",
    "Line noise 😕\nsecond line",
]
_SERVICES = [
    "E-mail",
    "Telephony",
    "Network",
    "ERP",
    "Web shop",
    "Payroll",
    "Print",
    "VPN",
    "Storage",
    "Backup",
]


class NotificState(Sandbox):
    """All rows, and the edits of the vendor's users."""

    name = "notific"
    versioned = "tickets"

    def __init__(
        self, seed: int = 7, size: float = 1.0, clock: Clock | None = None, *, edge_cases: bool = False
    ) -> None:
        super().__init__(seed, size, clock, edge_cases=edge_cases)
        self.rows: dict[str, dict[int, Record]] = {table: {} for table in KINDS}
        self.gone: dict[str, dict[int, Record]] = {table: {} for table in KINDS}
        self.extra: dict[str, dict[str, Any]] = {table: {} for table in KINDS}
        self.version = 0
        self._last = dict.fromkeys(KINDS, 0)
        counts = {"services": 20, "operators": 10, "customers": 150 * size, "tickets": 300 * size}
        for table, wanted in counts.items():
            count = max(2, round(wanted))
            for place in range(count):
                self._add(
                    table, self._fresh(table, self.clock.now() - timedelta(days=730 - place * 730 / count))
                )

    def shown(self, table: str) -> list[Record]:
        """A whole collection, by ``Id``."""
        return [self.dressed(table, self.rows[table][row_id]) for row_id in sorted(self.rows[table])]

    def dressed(self, table: str, row: Record) -> Record:
        """With the fields that ``add_field`` brought in."""
        extra = self.extra[table]
        return {**row, **{name: value(row) if callable(value) else value for name, value in extra.items()}}

    def truth(self) -> dict[str, list[Record]]:
        with self.lock:
            return {table: copy_json(self.shown(table)) for table in KINDS}

    # What users do

    def create(self, table: str, **fields: Any) -> Record:
        """A new row with ``fields`` as given and the rest made up."""
        with self.lock:
            return copy_json(self._add(table, self._fresh(table, self.clock.now()) | fields))

    def change(self, table: str, id: int | None = None, **fields: Any) -> Record:
        """Edit a row (a random one without ``id``): the given fields, or one at random."""
        with self.lock:
            row = self.rows[table][self._any(table) if id is None else id]
            row |= fields or self._corrected(table, self._edited(table, row), row["Id"])
            self.version += 1
            return copy_json(row)

    def delete(self, table: str, id: int | None = None) -> Record:
        """Take a row away (a random one without ``id``)."""
        with self.lock:
            row_id = self._any(table) if id is None else id
            row = self.gone[table][row_id] = self.rows[table].pop(row_id)
            self.version += 1
            return copy_json(row)

    def restore(self, table: str, id: int) -> Record:
        """Bring a deleted row back as it was."""
        with self.lock:
            return copy_json(self._add(table, self.gone[table].pop(id)))

    def add_field(self, table: str, name: str, value: Any) -> None:
        """From now on rows of ``table`` show ``name``; ``value`` may be called with the row."""
        with self.lock:
            self.extra[table][name] = value
            self.version += 1

    def edit(self, count: int = 1) -> list[str]:
        """Mixed edits over all collections. They leave at most a tenth of one deleted."""
        with self.lock:
            return [self._random_edit() for _ in range(count)]

    def _random_edit(self) -> str:
        table = self.random.choices(list(KINDS), [60, 30, 6, 4])[0]
        chance, gone = self.random.random(), self.gone[table]
        if chance < 0.12:
            return f"{table}: created {self.create(table)['Id']}"
        if chance < 0.2 and len(gone) < max(1, len(self.rows[table]) // 10):
            return f"{table}: deleted {self.delete(table)['Id']}"
        if chance < 0.22 and gone:
            return f"{table}: restored {self.restore(table, self.random.choice(sorted(gone)))['Id']}"
        return f"{table}: changed {self.change(table)['Id']}"

    def _any(self, table: str) -> int:
        """A row drawn evenly; raises IndexError in an empty collection."""
        if not self.rows[table]:
            raise IndexError(f"{table} is empty")
        while (row_id := self.random.randint(1, self._last[table])) not in self.rows[table]:
            pass
        return row_id

    def _add(self, table: str, row: Record) -> Record:
        self.rows[table][row["Id"]] = row
        self._last[table] = max(self._last[table], row["Id"])
        self.version += 1
        return row

    def _fresh(self, table: str, now: datetime) -> Record:
        row_id = self._last[table] + 1
        return self._corrected(table, self._drawn(table, row_id, now), row_id)

    def _corrected(self, table: str, fields: Record, row_id: int) -> Record:
        """The drawn fields with names and texts of a well-run business, unless ``edge_cases``."""
        if self.edge_cases:
            return fields
        if "Description" in fields:
            text = fields["Description"].replace("<late>", "late").replace("😕\nsecond line", "")
            return fields | {"Description": " ".join(text.split())}
        parties = {"customers": CUSTOMERS, "operators": WORKERS}.get(table)
        if not parties or "Name" not in fields:
            return fields
        if party := shared(parties, row_id - 1):
            known = {"Email": party.email, "CellPhone": party.phone} if table == "customers" else {}
            return fields | {"Name": party.name} | {name: known[name] for name in known if name in fields}
        first, last = FIRST_NAMES[row_id % len(FIRST_NAMES)], LAST_NAMES[row_id % len(LAST_NAMES)]
        return fields | {"Name": f"{first} {last}"}

    def _drawn(self, table: str, row_id: int, now: datetime) -> Record:
        if table == "services":
            place, of = divmod(row_id - 1, len(_SERVICES))
            return {"Id": row_id, "Name": _SERVICES[of] + (f" {place + 1}" if place else "")}
        if table == "operators":
            return {"Id": row_id, "Name": self.random.choice(_NAMES)}
        return self._customer(row_id) if table == "customers" else self._ticket(row_id, now)

    def _customer(self, row_id: int) -> Record:
        return {
            "Id": row_id,
            "Name": self.random.choice(_NAMES),
            "Email": self.random.choice([f"customer{row_id}@example.com", None]),
            "CellPhone": self.random.choice([f"+46 70 {self.random.randrange(10**6):06d}", "", None]),
            "Services": self._service_sample(),
        }

    def _service_sample(self) -> list[Record]:
        services = list(self.rows["services"].values())
        return [
            dict(one) for one in self.random.sample(services, min(len(services), self.random.randrange(4)))
        ]

    def _ticket(self, row_id: int, now: datetime) -> Record:
        start = now + timedelta(milliseconds=self.random.choice([0, 0, 250]))
        end = start + timedelta(hours=self.random.randrange(1, 90))
        is_old = start < self.clock.now() - timedelta(days=30) and not self.edge_cases
        closed = end < self.clock.now() and (self.random.random() < 0.85 or is_old)
        return {
            "Id": row_id,
            "Description": self.random.choice(_TROUBLES),
            "StartTime": local(start),
            "EndTime": local(end) if closed else None,
            "ExpectedResolutionTime": self.random.choice([local(end), None]),
            "NextUpdateTime": None if closed else local(start + timedelta(hours=4)),
            "ClosedTime": local(end) if closed else None,
            "ReopenedTime": None,
            "ServiceId": self._any("services"),
            "OperatorId": self.random.choice([self._any("operators"), None]),
            "CustomerIds": sorted({self._any("customers") for _ in range(self.random.randrange(3))}),
        }

    def _edited(self, table: str, row: Record) -> Record:
        """One field's new value."""
        now, draw = self.clock.now(), self.random
        edits: list[Record] = [{"Name": f"{draw.choice(_NAMES)} {draw.randrange(1000)}"}]
        if table == "customers":
            edits += [{"Email": None}, {"CellPhone": f"+46 70 {draw.randrange(10**6):06d}"}, {"Services": []}]
            edits += [{"Services": self._service_sample()}]
        if table == "tickets":
            closed = row["ClosedTime"] is not None
            edits = [{"Description": f"{draw.choice(_TROUBLES)} ({draw.randrange(1000)})"}]
            edits += [
                {"ClosedTime": None if closed else local(now), "ReopenedTime": local(now) if closed else None}
            ]
            edits += [
                {"NextUpdateTime": draw.choice([None, local(now + timedelta(hours=draw.randrange(1, 99)))])}
            ]
            edits += [{"ServiceId": self._any("services")}, {"CustomerIds": []}]
        return draw.choice(edits)


def local(moment: datetime) -> str:
    """UTC without a zone, as .NET prints a DateTime of no kind; the fraction only where there is one."""
    return (
        moment.replace(tzinfo=None).isoformat().rstrip("0")
        if moment.microsecond
        else f"{moment:%Y-%m-%dT%H:%M:%S}"
    )
