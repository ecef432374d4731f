"""The settings that every vendor account has; a vendor adds its own credentials to them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, field_validator

from .business_time import BusinessTime

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_UNIT_NAMES = {
    name: unit
    for unit, names_of in {
        "s": ("s", "sec", "secs", "second", "seconds"),
        "m": ("m", "min", "mins", "minute", "minutes"),
        "h": ("h", "hr", "hrs", "hour", "hours"),
        "d": ("d", "day", "days"),
        "w": ("w", "wk", "week", "weeks"),
    }.items()
    for name in names_of
}


LONGEST = timedelta(days=36525)
"""A century: no run, age or period of this trade is longer, and any clock can count it back."""


def duration(value: Any) -> Any:
    """``24h``, ``7d``, ``90m``, ``0`` -> timedelta.

    Raises:
        ValueError: anything else, and more than ``LONGEST``.
    """
    if isinstance(value, timedelta):
        return value
    parts = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", str(value).lower())
    unit = _UNIT_NAMES.get(parts[2]) if parts else None
    if not parts or (unit is None and (parts[2] or float(parts[1]))):
        raise ValueError("expected a duration such as 24h, 90m, 7d or 0")
    seconds = float(parts[1]) * _UNITS.get(unit or "s", 1)
    if seconds > LONGEST.total_seconds():
        raise ValueError(f"expected a duration of at most {LONGEST.days}d")
    return timedelta(seconds=seconds)


def names(value: Any) -> Any:
    """A list, or one text with commas (as environment variables hold it)."""
    if isinstance(value, str):
        return [
            part.strip()
            for part in value.strip("[] ").replace('"', "").replace("'", "").split(",")
            if part.strip()
        ]
    return value


def policies(value: Any) -> Any:
    """``evolve``, ``evolve,tickets=freeze`` or a mapping -> a policy for each glob of tables; ``*`` for the rest.

    Raises:
        ValueError: a part that is neither a policy nor ``table=policy``.
    """
    if isinstance(value, str):
        pairs = [part.strip().partition("=") for part in value.split(",")]
        value = {glob.strip() if sign else "*": what.strip() if sign else glob for glob, sign, what in pairs}
    if isinstance(value, Mapping):
        for what in value.values():
            if what not in get_args(Policy):
                raise ValueError(
                    f"expected one of {', '.join(get_args(Policy))}, or table=policy with commas"
                )
        return {"*": "evolve", **value}
    return value


def number(value: Any) -> Any:
    """Anything but true and false, which would count as 1 and 0.

    Raises:
        ValueError: true or false.
    """
    if isinstance(value, bool):
        raise ValueError("expected a number")
    return value


def is_address(value: str) -> bool:
    """Whether a text is a whole http or https address, with a port that is one and no blank in it."""
    try:
        parts = urlsplit(value)
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return bool(re.fullmatch(r"https?://[!-~]+", value) and parts.hostname and port_is_one)


def row_filters(value: Any) -> Any:
    """JSON or a mapping: table -> field -> a value, or a list of values.

    Raises:
        ValueError: it is no such mapping.
    """
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise ValueError(_ROW_FILTERS) from None
    plain = (str, int, bool)
    if not isinstance(value, Mapping) or not all(isinstance(fields, Mapping) for fields in value.values()):
        raise ValueError(_ROW_FILTERS)
    for fields in value.values():
        for wanted in fields.values():
            values = wanted if isinstance(wanted, list) else [wanted]
            if not values or not all(isinstance(one, plain) and one != "" for one in values):
                raise ValueError(_ROW_FILTERS)
    return value


_ROW_FILTERS = (
    "expected a table for each table of the vendor, with a value or a list of values for each field"
)
Policy = Literal["evolve", "freeze", "discard"]
Policies = Annotated[dict[str, Policy], BeforeValidator(policies)]
Duration = Annotated[timedelta, BeforeValidator(duration)]
Names = Annotated[list[str], BeforeValidator(names)]
Number = Annotated[float, BeforeValidator(number)]
RowFilters = Annotated[dict[str, dict[str, Any]], BeforeValidator(row_filters)]
Count = Annotated[int, BeforeValidator(number)]


class AccountSettings(BusinessTime):
    """One section ``[sources.<vendor>]`` or ``[sources.<vendor>.<account>]``."""

    base_url: str = Field(description="the API's address", examples=["https://example.com/api/v1"])
    tables: Names = Field(
        [],
        description="names or globs of the tables to sync; all by default",
        examples=[["tickets", "helpdesk_*"]],
    )
    where: RowFilters = Field(
        {},
        description="per table, the fields by which the vendor is to filter its rows and their values",
        examples=[{"tickets": {"status": "open"}}],
    )
    start_date: date | None = Field(
        None,
        description="the earliest date of windowed tables on the first run; 2 years back by default",
        examples=["2025-01-01"],
    )
    requests_per_second: Number | None = Field(
        None, gt=0, le=100_000, description="the most requests per second", examples=[5]
    )
    requests_per_hour: Count | None = Field(
        None, gt=0, le=10_000_000, description="the most requests per hour", examples=[10000]
    )
    max_concurrency: Count | None = Field(
        None, ge=1, le=64, description="the most requests in flight", examples=[4]
    )
    exclude_columns: Names = Field(
        [], description="a list of table.column globs that are never stored", examples=[["users.email"]]
    )
    hash_columns: Names = Field(
        [], description="a list of table.column globs that are stored as a keyed hash", examples=[["*.email"]]
    )
    hash_key: SecretStr | None = Field(
        None,
        description="the key of hash_columns; keep it, or hashes change",
        examples=["a-long-random-text-that-stays-the-same"],
    )
    deletes: Literal["soft", "hard", "ignore"] = Field(
        "soft", description="what happens to rows the vendor deleted", examples=["soft"]
    )
    personal_data: Literal["keep", "hash", "drop"] = Field(
        "keep",
        description="what happens to all columns that are documented as personal data",
        examples=["hash"],
    )
    schema_drift: Policies = Field(
        {"*": "evolve"},
        description="what happens to new fields and types; for single tables as tickets=freeze",
        examples=["evolve,tickets=freeze"],
    )
    history: Names = Field(
        [],
        description="names or globs of the tables that keep every version of their rows",
        examples=[["tickets"]],
    )
    detail_max_age: Duration = Field(
        timedelta(days=7), description="the oldest a detail may get", examples=["7d"]
    )
    sweep_every: Duration = Field(
        timedelta(hours=24), description="how often deletes are looked for", examples=["24h"]
    )
    max_duration: Duration = Field(
        timedelta(hours=6),
        description="no sync of the account runs longer; what was read is loaded",
        examples=["6h"],
    )
    max_delete_share: Number = Field(
        0.2,
        ge=0,
        le=1,
        description="the share of a table's rows above which a scan deletes nothing and is reported",
        examples=[0.2],
    )
    max_quarantine_share: Number = Field(
        0.5,
        ge=0,
        le=1,
        description="the share of records without a usable key above which a table is stopped",
        examples=[0.5],
    )
    allow_http: bool = Field(
        False, description="whether plain http may go to another machine", examples=[True]
    )

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        value = value.strip()
        if not is_address(value):
            raise ValueError("expected an address that begins with https://")
        if "?" in value or "#" in value:
            raise ValueError("expected an address without ? and #")
        return value.rstrip("/")

    @field_validator("start_date")
    @classmethod
    def _is_past(cls, value: date | None) -> date | None:
        """Tomorrow by this machine's clock may be today at the vendor."""
        if value and value > datetime.now(UTC).date() + timedelta(days=1):
            raise ValueError("expected a date that is not in the future")
        return value

    @property
    def earliest(self) -> datetime | None:
        return (
            datetime(self.start_date.year, self.start_date.month, self.start_date.day, tzinfo=UTC)
            if self.start_date
            else None
        )

    def drift(self, table: str) -> Policy:
        """What happens to changes of a table: by its name, else by the longest glob that matches it."""
        globs = [glob for glob in self.schema_drift if fnmatchcase(table, glob)]
        return self.schema_drift[table if table in globs else max(globs, key=len)]

    def secrets(self) -> list[str]:
        """Every secret value of the section, for redaction."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
