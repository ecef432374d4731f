"""The settings that every vendor account has; a vendor adds its own credentials to them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def duration(value: Any) -> Any:
    """``24h``, ``7d``, ``90m``, ``0`` -> timedelta.

    Raises:
        ValueError: anything else.
    """
    if isinstance(value, timedelta):
        return value
    parts = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhdw]?)\s*", str(value))
    if not parts or (not parts[2] and float(parts[1])):
        raise ValueError("expected a duration such as 24h, 90m, 7d or 0")
    return timedelta(seconds=float(parts[1]) * _UNITS.get(parts[2], 1))


def names(value: Any) -> Any:
    """A list, or one text with commas (as environment variables hold it)."""
    if isinstance(value, str):
        return [
            part.strip()
            for part in value.strip("[] ").replace('"', "").replace("'", "").split(",")
            if part.strip()
        ]
    return value


Duration = Annotated[timedelta, BeforeValidator(duration)]
Names = Annotated[list[str], BeforeValidator(names)]


class AccountSettings(BaseModel):
    """One section ``[sources.<vendor>]`` or ``[sources.<vendor>.<account>]``."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    base_url: str = Field(description="the API's address", examples=["https://example.com/api/v1"])
    tables: Names = Field(
        [], description="names or globs of the tables to sync; all by default", examples=["tickets"]
    )
    start_date: date | None = Field(
        None, description="earliest date of windowed tables on the first run; 2 years back by default"
    )
    requests_per_second: float | None = Field(None, gt=0, description="at most so many requests per second")
    requests_per_hour: int | None = Field(None, gt=0, description="at most so many requests per hour")
    max_concurrency: int | None = Field(None, ge=1, le=64, description="requests in flight, at most")
    exclude_columns: Names = Field(
        [], description="table.column globs that are never stored", examples=["users.email"]
    )
    hash_columns: Names = Field([], description="table.column globs that are stored as a keyed hash")
    hash_key: SecretStr | None = Field(None, description="the key of hash_columns; keep it, or hashes change")
    deletes: Literal["soft", "hard", "ignore"] = Field(
        "soft", description="what happens to rows the vendor deleted"
    )
    schema_drift: Literal["evolve", "freeze", "discard"] = Field(
        "evolve", description="what happens to new fields"
    )
    detail_max_age: Duration = Field(
        timedelta(days=7), description="the oldest a detail may get", examples=["7d"]
    )
    sweep_every: Duration = Field(
        timedelta(hours=24), description="how often deletes are looked for", examples=["24h"]
    )
    max_delete_share: float = Field(
        0.2, ge=0, le=1, description="a scan that would delete more deletes nothing"
    )
    allow_http: bool = Field(False, description="allow plain http to a host that is not this machine")

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if not re.match(r"https?://[^/\s]+", value):
            raise ValueError("expected an address that begins with https://")
        return value.rstrip("/")

    @property
    def earliest(self) -> datetime | None:
        return (
            datetime(self.start_date.year, self.start_date.month, self.start_date.day, tzinfo=UTC)
            if self.start_date
            else None
        )

    def secrets(self) -> list[str]:
        """Every secret value of the section, for redaction."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
