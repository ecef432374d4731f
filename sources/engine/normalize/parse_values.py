"""One value, read as its declared kind: the value, null, or the word that it does not fit.

Nothing is coerced: what would lose a digit, a fraction or a meaning does not fit. One exception is marked as such: of a
decimal, digits beyond the ninth place are rounded, since a sum that went through a float on the vendor's side has them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Context, InvalidOperation
from decimal import Decimal as Exact
from typing import Any, NamedTuple

from fieldhouse.sources.engine.spec.row import ColumnType
from fieldhouse.sources.engine.spec.text import json_text, text_of

from .parse_times import EARLIEST, LATEST, UNFIT, day, timestamp_micros

EXACT_FLOAT = 2**53
"""Up to here every integer is a float."""

_INTEGER = re.compile(r"[+-]?\d{1,40}(?:\.0+)?", re.ASCII)
_NUMERIC = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_PLACES = Exact("1e-9")
_CONTEXT = Context(prec=38)
_BOOLS = {"true": True, "false": False, "1": True, "0": False}


class Rounded(NamedTuple):
    """A decimal with more places than its column has: ``value`` is the nearest one that fits."""

    value: Exact


def _text(value: Any) -> Any:
    return UNFIT if isinstance(value, (dict, list)) else text_of(value)


def _id(value: Any) -> Any:
    return _text(value) if value != "" else None


def _reference(value: Any) -> Any:
    text = _id(value)
    return None if text == "0" else text


def _int(value: Any) -> Any:
    if type(value) is str:
        if value == "":
            return None
        if not _INTEGER.fullmatch(value):
            return UNFIT
        value = int(value.partition(".")[0])
    elif type(value) is float and value.is_integer() and abs(value) <= EXACT_FLOAT:
        value = int(value)
    return value if type(value) is int and -(2**63) <= value < 2**63 else UNFIT


def _number(value: Any) -> Any:
    if type(value) is float:
        return value
    if type(value) is str:
        if value == "":
            return None
        if not _NUMERIC.fullmatch(value):
            return UNFIT
        number = float(value)
        return number if abs(number) < EXACT_FLOAT or _same(number, value) else UNFIT
    return float(value) if type(value) is int and _same(value, str(value)) else UNFIT


def _same(number: float, text: str) -> bool:
    """Whether a float holds a number of that size without loss."""
    try:
        return Exact(float(number)) == Exact(text)
    except OverflowError:
        return False


def _decimal(value: Any) -> Any:
    if value == "":
        return None
    text = text_of(value) if type(value) in (int, float, str, Exact) else None
    if text is None or not _NUMERIC.fullmatch(text):
        return UNFIT
    try:
        exact = Exact(text)
        placed = exact.quantize(_PLACES, context=_CONTEXT)
    except InvalidOperation:
        return UNFIT
    return placed if placed == exact else Rounded(placed)


def _bool(value: Any) -> Any:
    if type(value) is str:
        return None if value == "" else _BOOLS.get(value, UNFIT)
    if type(value) is bool:
        return value
    return bool(value) if type(value) is int and value in (0, 1) else UNFIT


def _utc(value: Any) -> Any:
    if type(value) is not str:
        return UNFIT
    return None if value == "" else timestamp_micros(value)


def _epoch(value: Any) -> Any:
    number = _decimal(value)
    if number is None or number is UNFIT:
        return number
    number = number.value if type(number) is Rounded else number
    micros = int(number * 1_000_000)
    return micros if EARLIEST <= micros <= LATEST else UNFIT


def _date(value: Any) -> Any:
    if type(value) is not str:
        return UNFIT
    return None if value == "" else day(value)


READ: dict[ColumnType, Callable[[Any], Any]] = {
    ColumnType.TEXT: _text,
    ColumnType.ID: _id,
    ColumnType.FOREIGN_KEY: _reference,
    ColumnType.INT: _int,
    ColumnType.FLOAT: _number,
    ColumnType.DECIMAL: _decimal,
    ColumnType.BOOL: _bool,
    ColumnType.TIMESTAMP: _utc,
    ColumnType.EPOCH: _epoch,
    ColumnType.DATE: _date,
    ColumnType.JSON: json_text,
}
"""How each kind reads a value that is not null; times come as microseconds since 1970 in UTC."""
