"""What stands inside BOSSDesk's tickets and CIs: comments, tasks, time entries, inventory and the like."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from fieldhouse.sources.sandbox.sandbox import Record

from .reference_data import Dice, brief, stamp
from .words import SOFTWARE


class People(Protocol):
    """Where children get the people, teams and CIs that they name."""

    named: dict[str, list[Record]]
    edge_cases: bool

    def agent(self, dice: Dice) -> Record: ...

    def any_ci(self, dice: Dice) -> Record: ...


class NestedGenerator:
    """Makes the children of one ticket. Ids count up from ``first``; all happens ``since`` .. ``until``."""

    def __init__(self, people: People, dice: Dice, first: int, since: str, until: str) -> None:
        self.people, self.dice, self.next = people, dice, first
        self.since, self.until = datetime.fromisoformat(since), until

    def _id(self) -> int:
        self.next += 1
        return self.next

    def _later(self, days: int = 9) -> str:
        return min(self.until, self._ahead(days))

    def _ahead(self, days: int) -> str:
        return stamp(
            self.since + timedelta(days=self.dice.below(days), milliseconds=self.dice.below(86_400_000))
        )

    def comment(self) -> Record:
        dice = self.dice
        return {
            "id": self._id(),
            "body": dice.pick(["<p>Not sure if serious.... hmm...<br></p>", "<p>Done ✔</p>", "", None]),
            "created_at": self._later(),
            "is_public": dice.below(2) == 0,
            "from_agent": dice.below(2) == 0,
            "source": dice.pick(["web_portal", "mobile_app", "email"]),
            "created_by": self.people.agent(dice),
            "attachments": [self.attachment() for _ in range(dice.below(5) // 3)],
        }

    def attachment(self) -> Record:
        """Without ``secure_url``: only ``.../attachments/:id`` gives it."""
        return {
            "id": self._id(),
            "description": self.dice.pick([None, "Some document that's probably useful"]),
            "name": self.dice.pick(["image.jpg", "screenshot.png", "Protokoll für März.pdf"]),
            "created_at": self._later(),
            "size": 100 + self.dice.below(900_000),
        }

    def task(self) -> Record:
        """Among edge cases one ``created_at`` in six is as impossible as in the text's own example (second 74)."""
        dice, created = self.dice, self._later()
        if dice.below(6) == 0 and self.people.edge_cases:
            created = f"{created[:17]}74{created[19:]}"
        return {
            "id": self._id(),
            "title": dice.pick(["An action", "Figure out the meaning of this ticket", "Ring back"]),
            "note": dice.pick(["", "Note this!", None]),
            "created_at": created,
            "due_at": self._ahead(30) if dice.below(3) else None,
            "closed_at": self._later(20) if dice.below(2) else None,
            "type": dice.pick(self.people.named["task_types"]),
            "team": dice.maybe(self.people.named["teams"], 4),
            "agent": self.people.agent(dice) if dice.below(2) else None,
            "created_by": self.people.agent(dice),
        }

    def time_entry(self, tasks: Sequence[Record]) -> Record:
        """``duration`` is in minutes."""
        task = self.dice.maybe(tasks, 3) if tasks else None
        return {
            "id": self._id(),
            "task_id": task and task["id"],
            "date": self._later()[:10],
            "duration": 5 * (1 + self.dice.below(60)),
            "billable": self.dice.below(2) == 0,
            "agent": self.people.agent(self.dice),
            "task": task and brief(task, "id", "title"),
        }

    def approval(self) -> Record:
        status = self.dice.pick(["sent", "approved", "rejected"])
        return {
            "id": self._id(),
            "status": status,
            "comment": self.dice.pick([None, "Fine with me"]),
            "created_at": self._later(1),
            "responded_at": None if status == "sent" else self._later(),
            "user": self.people.agent(self.dice),
        }

    def ci(self) -> Record:
        return inside_ticket(self.people.any_ci(self.dice))


def inside_ticket(ci: Record) -> Record:
    """A CI as a ticket's detail shows it: ``os`` as text, ``status`` with a colour."""
    return {
        **brief(
            ci, "id", "friendly_id", "name", "online", "updated_at", "inventory_updated_at", "archived_at"
        ),
        "os": ci["inventory"] and ci["inventory"]["os"]["name"],
        "type": ci["type"],
        "status": {**ci["status"], "color": "#34B632"},
    }


def linked(number: int, title: str) -> Record:
    """The problem or change behind a ticket."""
    return {"id": 700 + number, "friendly_id": number, "title": title}


def system(system: tuple[str, str, str | None]) -> Record:
    """The part of an inventory that lists show too."""
    name, version, service_pack = system
    return {
        "os": {
            "name": name,
            "version": version,
            "service_pack": service_pack,
            "manufacturer_name": name.split()[0],
            "installation_directory": "C:\\Windows" if name.startswith("Windows") else "/",
        }
    }


def inventory(dice: Dice) -> Record:
    """The rest of an inventory. The text says only "..."; sizes are bytes."""
    return {
        "bios": None
        if dice.below(6) == 0
        else {
            "name": "PhoenixBIOS 4.0 Release 6.0",
            "version": "INTEL - 6040000",
            "manufacturer": "Phoenix Technologies LTD",
        },
        "memory": {"total": 2**30 * 2 ** dice.below(7), "slots": 1 + dice.below(4)},
        "disks": [
            {"name": f"{'CDE'[place]}:", "size": 2**38, "free": dice.below(2**38), "ssd": dice.below(2) == 0}
            for place in range(dice.below(4))
        ],
        "software": [
            {"name": name, "version": f"{dice.below(30)}.{dice.below(10)}", "installed_on": None}
            for name in dice.sample(SOFTWARE, 5)
        ],
    }
