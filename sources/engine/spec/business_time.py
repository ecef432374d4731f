"""What the marts count with: a time zone, business days and hours, holidays, the start of a week, and a currency.

The section ``[marts]`` sets them for all accounts, ``[sources.<vendor>]`` for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d"
_RANGE = re.compile(rf"\s*({_CLOCK})\s*-\s*({_CLOCK}|24:00)\s*")


def read_zone(value: Any) -> Any:
    """The name of a time zone that this machine knows.

    Raises:
        ValueError: no such zone.
    """
    if value is None:
        return None
    try:
        return ZoneInfo(str(value)).key
    except (KeyError, OSError, ValueError):
        raise ValueError("expected an IANA time zone such as America/Chicago") from None


def read_day(value: Any) -> Any:
    """``monday`` or ``mon`` -> 1, ``sunday`` -> 7.

    Raises:
        ValueError: no name of a day.
    """
    if value is None or (value in range(1, 8) and not isinstance(value, bool)):
        return value
    text = str(value).strip().lower()
    for number, names in enumerate(zip(DAYS, _NAMES, strict=True), 1):
        if text in names:
            return number
    raise ValueError(f"expected a day of the week: {', '.join(_NAMES)}")


def read_days(value: Any) -> Any:
    """``mon-fri``, ``mon-fri,sun`` or a list of such names -> numbers of days, 1 for Monday.

    Raises:
        ValueError: a part that names no day.
    """
    if value is None:
        return None
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    chosen: set[int] = set()
    for part in parts:
        first, dash, last = str(part).partition("-")
        begin, end = read_day(first), read_day(last if dash else first)
        chosen |= {(begin - 1 + step) % 7 + 1 for step in range((end - begin) % 7 + 1)}
    return sorted(chosen)


def read_hours(value: Any) -> Any:
    """``09:00-17:00``, or a table of days with such ranges, as ``{"mon-fri": "09:00-17:00", "sat": "10:00-14:00"}``.

    In an environment variable the table reads ``mon-fri=09:00-17:00,sat=10:00-14:00``. Hours that end before they
    open end on the next day. The result is the ranges of each day, under the key 0 if they hold for all.

    Raises:
        ValueError: what is no range, or no day.
    """
    if value is None:
        return None
    if isinstance(value, str) and "=" in value:
        table_of_texts: dict[str, str] = {}
        for part in value.split(","):
            name, sign, given = part.rpartition("=")
            name = name.strip() if sign else next(reversed(table_of_texts), "")
            table_of_texts[name] = given if sign else f"{table_of_texts[name]},{given}" if name else given
        return read_hours(table_of_texts)
    if isinstance(value, Mapping):
        table: dict[int, list[str]] = {}
        for name, given in value.items():
            for number in [name] if name in range(8) else read_days(str(name)):
                table[number] = _ranges(given)
        return table
    return {0: _ranges(value)}


def _ranges(value: Any) -> list[str]:
    ranges = []
    for part in value if isinstance(value, list) else str(value).split(","):
        time_range = _RANGE.fullmatch(str(part))
        if not time_range or time_range[1] == time_range[3]:
            raise ValueError('expected hours such as "09:00-17:00"; "00:00-24:00" is the whole day')
        ranges.append(f"{time_range[1]}-{time_range[3]}")
    return ranges


def read_holidays(value: Any) -> Any:
    """A list of dates, one text with commas, or the path of a CSV with one date a line -> dates.

    Raises:
        ValueError: a file that cannot be read, or what is no date.
    """
    if value is None:
        return None
    if isinstance(value, str) and not re.match(r"\s*(\d{4}-|\[|$)", value):
        value = _lines_of(Path(value))
    if isinstance(value, str):
        value = value.strip("[] ").split(",")
    parts = value if isinstance(value, list) else [value]
    return sorted({_date(part) for part in parts if str(part).strip()})


def _lines_of(path: Path) -> list[str]:
    """The first column of a CSV; a heading and empty lines are left out."""
    try:
        lines = path.expanduser().read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ValueError("expected a list of dates, or the path of a CSV with one date a line") from None
    cells = [re.split("[,;]", line)[0].strip().strip('"') for line in lines]
    return [
        cell for number, cell in enumerate(cells) if cell and not (number == 0 and not cell[:1].isdigit())
    ]


def read_currency(value: Any) -> Any:
    """``usd`` -> ``USD``.

    Raises:
        ValueError: no code of three letters.
    """
    if value is None:
        return None
    code = str(value).strip().upper()
    if not re.fullmatch("[A-Z]{3}", code):
        raise ValueError("expected an ISO 4217 code such as USD")
    return code


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip().strip("\"'"))
    except ValueError:
        raise ValueError("expected dates such as 2026-12-25") from None


class BusinessTime(BaseModel):
    """The section ``[marts]``; the same names in ``[sources.<vendor>]`` override it for an account."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, defer_build=True)

    time_zone: Annotated[str | None, BeforeValidator(read_zone)] = Field(
        None,
        description="the time zone of the marts' days; the vendor's own, or else UTC, by default",
        examples=["America/Chicago"],
    )
    business_days: Annotated[list[int] | None, BeforeValidator(read_days)] = Field(
        None, description="the days with business hours; mon-fri by default", examples=["mon-fri"]
    )
    business_hours: Annotated[dict[int, list[str]] | None, BeforeValidator(read_hours)] = Field(
        None,
        description="the business hours of these days, or a table of days; 09:00-17:00 by default",
        examples=["09:00-17:00"],
    )
    holidays: Annotated[list[date] | None, BeforeValidator(read_holidays)] = Field(
        None,
        description="days without business hours, or the path of a CSV with one date a line",
        examples=[["2026-12-25", "2027-01-01"]],
    )
    week_start: Annotated[int | None, BeforeValidator(read_day)] = Field(
        None, description="the day on which a week starts; monday by default", examples=["monday"]
    )
    currency: Annotated[str | None, BeforeValidator(read_currency)] = Field(
        None,
        description="the ISO 4217 code of amounts; the vendor's own by default, and unknown if it states none",
        examples=["USD"],
    )


def weekly(own: BusinessTime, shared: BusinessTime) -> dict[int, list[str]]:
    """The ranges of each business day of an account, by its own settings and those of all accounts."""
    given = own.business_hours or shared.business_hours or {0: ["09:00-17:00"]}
    chosen = own.business_days or (None if own.business_hours and 0 not in given else shared.business_days)
    all_days: Iterable[int] = chosen or ([1, 2, 3, 4, 5] if 0 in given else given)
    return {
        number: given.get(number, given.get(0, [])) for number in all_days if number in given or 0 in given
    }
