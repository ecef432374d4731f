"""The type of a column that nobody declared: what its values allow without loss, and never a guess."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fieldhouse.sources.engine.spec.text import text_of

from .parse_values import EXACT_FLOAT

_PLAIN: dict[frozenset[type], pa.DataType] = {
    frozenset((bool,)): pa.bool_(),
    frozenset((int,)): pa.int64(),
    frozenset((float,)): pa.float64(),
    frozenset((int, float)): pa.float64(),
}


def infer(values: Sequence[Any], seen: set[type]) -> pa.Array | Sequence[str | None]:
    """An array of booleans, 64-bit integers or floats where all values are such; else the values as text.

    Integers beyond 64 bits, and integers beyond 2^53 beside floats, make the column text. A string stays a
    string, whatever it looks like.
    """
    if seen == {str}:
        return values
    plain = _PLAIN.get(frozenset(seen))
    if plain is not None:
        try:
            return pa.array(values, plain)
        except (pa.ArrowInvalid, OverflowError):
            pass  # a number too large for the type: all become text
    return [text_of(value) for value in values]


def is_wide(array: pa.Array) -> bool:
    """Whether an integer array holds values that a float cannot hold."""
    if array.type != pa.int64():
        return False
    ends = pc.min_max(array).as_py()
    return ends["min"] is not None and (ends["min"] < -EXACT_FLOAT or ends["max"] > EXACT_FLOAT)
