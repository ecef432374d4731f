"""Where the dashboard reads, and what it calls late."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from fieldhouse.warehouse.connect import open_warehouse


@dataclass(frozen=True)
class Place:
    """A warehouse's address, the copy published for readers, and the age in hours from which a table is late."""

    url: str
    publish: str = ""
    max_age_hours: float = 24.0

    @property
    def display(self) -> str:
        """The address without the password."""
        return open_warehouse(self.url).display

    @property
    def file(self) -> Path | None:
        """The DuckDB file to read: the published copy where there is one; None for Postgres."""
        file = open_warehouse(self.url).file
        return Path(self.publish).resolve() if file and self.is_copy else file

    @property
    def is_copy(self) -> bool:
        """Whether readers have a copy of their own, which no load ever holds."""
        return bool(self.publish) and Path(self.publish).exists()

    def packed(self) -> str:
        """For `unpacked`, on the other side of Streamlit's list of arguments, which stays within the process."""
        return json.dumps(asdict(self))


def unpacked(text: str) -> Place:
    """The place that was packed."""
    return Place(**json.loads(text))
