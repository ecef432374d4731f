"""Whole answers of questions, compared by their keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pytest


def sums(rows: Iterable[tuple[Any, tuple[Any, ...]]]) -> dict[Any, list[Any]]:
    """Key -> the sums of the values, of which None adds nothing and is the sum if there is nothing else."""
    results: dict[Any, list[Any]] = {}
    for key, values in rows:
        before = results.get(key, [None] * len(values))
        results[key] = [
            one if other is None else other if one is None else one + other
            for one, other in zip(before, values, strict=True)
        ]
    return results


def same(answer: list[tuple[Any, ...]], expected: Mapping[Any, Iterable[Any]], width: int = 1) -> None:
    """Each row of the answer, by the first columns as its key, with numbers to 1e-6."""
    results = {row[0] if width == 1 else row[:width]: row[width:] for row in answer}
    assert len(results) == len(answer)
    assert results.keys() == expected.keys()
    for key, values in expected.items():
        assert [plain(value) for value in results[key]] == [
            pytest.approx(plain(value), rel=1e-6, abs=1e-6)
            if isinstance(plain(value), float)
            else plain(value)
            for value in values
        ], key


def plain(value: Any) -> Any:
    is_number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    return float(value) if is_number else value


def share(part: Any, complete: Any) -> float | None:
    return float(part) / float(complete) if complete else None
