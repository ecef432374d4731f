"""Whether a warehouse's value is what a vendor sent: the contract's kinds, read a second time."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

_DIGITS = re.compile(r"-?\d+")
_LOOKS_LIKE_TIME = re.compile(r"\d{4,6}-\d{1,2}-\d{1,2}([T ].*)?")


def equal_values(wanted: Any, actual: Any, kind: str, is_id: bool = False) -> bool:
    """Whether a warehouse column of ``kind`` holds what the vendor sent.

    Args:
        kind: text, number, boolean, timestamp, date or json.
        is_id: a text column of ids, in which "" and "0" say "none" and are null.
    """
    if wanted is None:
        return actual is None
    if kind == "text":
        return _same_text(wanted, actual) or (is_id and actual is None and str(wanted) in ("", "0"))
    if wanted == "":
        return actual is None
    if kind == "json":
        return actual is not None and _parsed(wanted) == _parsed(actual)
    if kind == "number":
        return _same_number(wanted, actual)
    if kind == "boolean":
        return actual is not None and _BOOLEANS.get(str(wanted).lower()) is actual
    return _same_time(wanted, actual, kind)


_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def _same_text(wanted: Any, actual: Any) -> bool:
    if not isinstance(actual, str):
        return False
    if isinstance(wanted, str):
        if wanted.isascii() and "\0" not in wanted:
            return actual == wanted
        return actual == re.sub("[\ud800-\udfff]", "\ufffd", wanted).replace("\0", "\u2400")
    if isinstance(wanted, bool):
        return actual == str(wanted).lower()
    if isinstance(wanted, (dict, list)):
        return bool(_parsed(actual) == wanted)
    return _same_number(wanted, actual)


def _same_number(wanted: Any, actual: Any) -> bool:
    if isinstance(wanted, bool) or actual is None:
        return False
    try:
        return Decimal(str(wanted)) == Decimal(str(actual))
    except InvalidOperation:
        return False


def _same_time(wanted: Any, actual: Any, kind: str) -> bool:
    if isinstance(wanted, int | float) or _DIGITS.fullmatch(str(wanted)):
        moment: datetime | None = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(wanted))
    elif not _LOOKS_LIKE_TIME.fullmatch(str(wanted)):
        return False
    else:
        moment = _moment(str(wanted))
    if moment is None or actual is None:
        return moment is actual
    if kind == "date":
        return isinstance(actual, date) and actual == moment.date()
    return isinstance(actual, datetime) and actual == moment


def _moment(text: str) -> datetime | None:
    """None for a time that does not exist, such as 12:45:74. One without an offset counts as UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
