"""Where the dashboard reads, and what it calls late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fieldhouse.warehouse.connect import open_warehouse


@dataclass(frozen=True)
class Place:
    """A warehouse's address, and its description on the pages.

    Attributes:
        publish: the copy published for readers, if there is one.
        max_age_hours: age from which a table is late.
        company: the title of the pages.
        targets: column of a total -> the value that is aimed at.
    """

    url: str
    publish: str = ""
    max_age_hours: float = 24.0
    company: str = ""
    targets: Mapping[str, float] = field(default_factory=dict)

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
