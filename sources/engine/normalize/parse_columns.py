"""Values of one column, read as their declared kind.

Two ways to one answer: whole columns in Arrow where every value is of the expected form, and value by value
where not. Nothing is coerced: a value that does not fit is handed back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fieldhouse.sources.engine.spec.row import ColumnType

from .parse_times import EARLIEST, IMPOSSIBLE, LATEST, UNFIT
from .parse_values import READ, Rounded

TIMESTAMP = pa.timestamp("us", "UTC")
NAIVE = pa.timestamp("us")
DECIMAL = pa.decimal128(38, 9)

ARROW: dict[ColumnType, pa.DataType] = {
    ColumnType.TEXT: pa.string(),
    ColumnType.ID: pa.string(),
    ColumnType.FOREIGN_KEY: pa.string(),
    ColumnType.INT: pa.int64(),
    ColumnType.FLOAT: pa.float64(),
    ColumnType.DECIMAL: DECIMAL,
    ColumnType.BOOL: pa.bool_(),
    ColumnType.TIMESTAMP: TIMESTAMP,
    ColumnType.EPOCH: TIMESTAMP,
    ColumnType.DATE: pa.date32(),
    ColumnType.JSON: pa.string(),
}

_SAFE_DIGITS = 28
_PLAIN_ID = re.compile(r"0|-?[1-9]\d{0,18}", re.ASCII).fullmatch
_ZONE = re.compile(r"(?:Z|[+-]\d\d(?::?\d\d)?)$")
_DAY, _SIX_DIGITS = len("2026-11-02"), len("2026-11-02T14:30:00.123456")


@dataclass(frozen=True)
class Parsed:
    """A column in Python or Arrow values.

    Attributes:
        unfit, impossible: positions of values that could not be read, and of times that cannot exist: null.
        rounded: positions of decimals that lost digits beyond the ninth place.
    """

    values: Any
    unfit: list[int] = field(default_factory=list)
    impossible: list[int] = field(default_factory=list)
    rounded: list[int] = field(default_factory=list)


def parse(values: Sequence[Any], seen: set[type], kind: ColumnType) -> Parsed:
    """Read ``values`` as ``kind``.

    Args:
        values: what the vendor sent, one per row, None where it sent nothing.
        seen: the types among them, without NoneType.
        kind: the declared kind.

    Returns:
        ``values`` as an Arrow array of the kind's type, or for kinds of text as a list of strings, which
        the caller turns into a column after cleaning.
    """
    parse_column = _COLUMN_PARSERS.get((kind, frozenset(seen)))
    if parse_column is not None:
        try:
            return Parsed(parse_column(values))
        except (pa.ArrowInvalid, OverflowError, UnicodeEncodeError):
            pass  # some value is of another form: parsing value by value shows which
    return one_by_one(values, kind)


def one_by_one(values: Sequence[Any], kind: ColumnType) -> Parsed:
    """The careful way: each value on its own, equal texts once."""
    read, memo = READ[kind], dict[str, Any]()
    parsed: list[Any] = []
    for value in values:
        if type(value) is str:
            if value not in memo:
                memo[value] = read(value)
            parsed.append(memo[value])
        else:
            parsed.append(None if value is None else read(value))
    unfit = [at for at, value in enumerate(parsed) if value is UNFIT]
    impossible = [at for at, value in enumerate(parsed) if value is IMPOSSIBLE]
    rounded = [at for at, value in enumerate(parsed) if type(value) is Rounded]
    for at in (*unfit, *impossible):
        parsed[at] = None
    for at in rounded:
        parsed[at] = parsed[at].value
    return Parsed(_array(parsed, kind), unfit, impossible, rounded)


def parse_ids(values: Sequence[Any], seen: set[type]) -> Parsed:
    """Read the values of a declared integer that names rows.

    Returns:
        integers if all values are; otherwise texts, with every character that the vendor sent.
    """
    parsed = parse(values, seen, ColumnType.INT)
    other = {at for at in parsed.unfit if type(values[at]) in (str, int)}
    if str in seen:
        other |= {
            at for at, value in enumerate(values) if type(value) is str and value and not _PLAIN_ID(value)
        }
    if not other:
        return parsed
    integers = parsed.values.to_pylist()
    texts = [
        str(values[at]) if at in other else None if number is None else str(number)
        for at, number in enumerate(integers)
    ]
    return Parsed(texts, [at for at in parsed.unfit if at not in other])


def _array(parsed: list[Any], kind: ColumnType) -> Any:
    if ARROW[kind] == pa.string():
        return parsed
    if ARROW[kind] == TIMESTAMP:
        return pa.array(parsed, pa.int64()).cast(TIMESTAMP)
    return pa.array(parsed, ARROW[kind])


# Whole columns. Each raises where a value is not of the plain form.


def _as_sent(values: Sequence[Any]) -> Any:
    return values


def _ids_from_text(values: Sequence[Any]) -> Any:
    return [value or None for value in values] if "" in values else values


def _references_from_text(values: Sequence[Any]) -> Any:
    return [None if value == "" or value == "0" else value for value in values]


def _ids_from_ints(values: Sequence[Any]) -> Any:
    return [None if value is None else str(value) for value in values]


def _references_from_ints(values: Sequence[Any]) -> Any:
    return [str(value) if value else None for value in values]


def _ints_from_text(values: Sequence[Any]) -> pa.Array:
    texts = pa.array(_ids_from_text(values), pa.string())
    if pc.all(pc.ascii_is_decimal(texts)).as_py() is False:  # Arrow would read 0x1F
        raise pa.ArrowInvalid("not digits alone")
    return pc.cast(texts, pa.int64())


def _decimals_from_text(values: Sequence[Any]) -> pa.Array:
    texts = values if isinstance(values, pa.Array) else pa.array(_ids_from_text(values), pa.string())
    longest = pc.max(pc.binary_length(texts)).as_py() or 0
    if longest > _SAFE_DIGITS or pc.any(pc.match_substring(texts, "e", ignore_case=True)).as_py():
        raise pa.ArrowInvalid("Arrow overflows in silence")
    return pc.cast(texts, DECIMAL)


def _decimals_from_numbers(values: Sequence[Any]) -> pa.Array:
    """By way of the shortest text of each float, which is what the vendor wrote."""
    numbers = pa.array(values)
    if pa.types.is_floating(numbers.type):
        return _decimals_from_text(pc.cast(numbers, pa.string()))
    return pc.cast(pc.cast(numbers, pa.string()), DECIMAL)


def _instants(values: Sequence[Any]) -> pa.Array:
    """The first text tells whether they name zones: a cast of 1,000 texts that fails costs six that do not."""
    texts = pa.array(_ids_from_text(values), pa.string())
    if (pc.max(pc.binary_length(texts)).as_py() or 0) > _SIX_DIGITS:
        texts = pc.replace_substring_regex(texts, r"(\.\d{6})\d+", r"\1")  # .NET writes seven digits
    first = next(filter(None, values), "")
    times = pc.cast(texts, TIMESTAMP if _ZONE.search(first[_DAY:]) else NAIVE)
    return _within(times.cast(TIMESTAMP), EARLIEST, LATEST, pa.int64())


def _seconds(values: Sequence[Any]) -> pa.Array:
    micros = pc.multiply_checked(pa.array(values, pa.int64()), 1_000_000)
    return _within(micros.cast(TIMESTAMP), EARLIEST, LATEST, pa.int64())


def _days(values: Sequence[Any]) -> pa.Array:
    texts = pa.array(_ids_from_text(values), pa.string())
    return _within(pc.cast(texts, pa.date32()), -719_162, 2_932_896, pa.int32())


def _within(times: pa.Array, first: int, last: int, width: pa.DataType) -> pa.Array:
    ends = pc.min_max(times.view(width))
    low, high = ends["min"].as_py(), ends["max"].as_py()
    if low is not None and (low < first or high > last):
        raise pa.ArrowInvalid("outside the years 1 to 9999")
    return times


def _plain(kind: ColumnType) -> Callable[[Sequence[Any]], pa.Array]:
    return lambda values: pa.array(values, ARROW[kind])


_NONE: frozenset[type] = frozenset()
_STR, _INT = frozenset((str,)), frozenset((int,))
_COLUMN_PARSERS: dict[tuple[ColumnType, frozenset[type]], Callable[[Sequence[Any]], Any]] = {
    **{(kind, _NONE): _as_sent if ARROW[kind] == pa.string() else _plain(kind) for kind in ColumnType},
    (ColumnType.TEXT, _STR): _as_sent,
    (ColumnType.ID, _STR): _ids_from_text,
    (ColumnType.ID, _INT): _ids_from_ints,
    (ColumnType.FOREIGN_KEY, _STR): _references_from_text,
    (ColumnType.FOREIGN_KEY, _INT): _references_from_ints,
    (ColumnType.INT, _INT): _plain(ColumnType.INT),
    (ColumnType.INT, _STR): _ints_from_text,
    (ColumnType.FLOAT, frozenset((float,))): _plain(ColumnType.FLOAT),
    (ColumnType.FLOAT, _INT): _plain(ColumnType.FLOAT),
    (ColumnType.FLOAT, frozenset((float, int))): _plain(ColumnType.FLOAT),
    (ColumnType.DECIMAL, _STR): _decimals_from_text,
    (ColumnType.DECIMAL, _INT): _decimals_from_numbers,
    (ColumnType.DECIMAL, frozenset((float,))): _decimals_from_numbers,
    (ColumnType.DECIMAL, frozenset((float, int))): _decimals_from_numbers,
    (ColumnType.BOOL, frozenset((bool,))): _plain(ColumnType.BOOL),
    (ColumnType.TIMESTAMP, _STR): _instants,
    (ColumnType.EPOCH, _INT): _seconds,
    (ColumnType.DATE, _STR): _days,
}
