"""Columns of text: values that cannot be stored everywhere are replaced, and their positions reported."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from fieldhouse.sources.engine.spec.text import clean


def text_array(values: Sequence[str | None]) -> tuple[pa.Array, list[int]]:
    """A string array, cleaned, and the positions of the values that had to be."""
    try:
        array = pa.array(values, pa.string())
    except UnicodeEncodeError:
        return _cleaned_array(values)
    data = array.buffers()[2]
    if data is not None and b"\x00" in data.to_pybytes():
        return _cleaned_array(values)
    return array, []


def _cleaned_array(values: Sequence[str | None]) -> tuple[pa.Array, list[int]]:
    fixed = [None if value is None else clean(value) for value in values]
    changed = [at for at, (old, new) in enumerate(zip(values, fixed, strict=True)) if old != new]
    return pa.array(fixed, pa.string()), changed
