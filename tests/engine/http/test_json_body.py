"""Bodies: every digit survives, and what is no JSON says where."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldhouse.sources.engine.http.json_body import parse_json

DIGITS = "1234567890123456789012"


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": [1, 2.5, null, true, "x"]}', {"a": [1, 2.5, None, True, "x"]}),
        (b"\xef\xbb\xbf[1]", [1]),
        (b"18446744073709551615", 2**64 - 1),
        (b"-9223372036854775809", -(2**63) - 1),
        (b'{"id": %s}' % DIGITS.encode(), {"id": int(DIGITS)}),
        (b'"%s"' % DIGITS.encode(), DIGITS),
        (b"[0.1, 1E5]", [0.1, 1e5]),
        (b"[Infinity, -Infinity, 1e400]", [math.inf, -math.inf, math.inf]),
        (b'"\\ud800"', "\ud800"),
        ("\u00fc".encode().join([b'"', b'"']), "\u00fc"),
    ],
)
def test_values(body: bytes, value: Any) -> None:
    found = parse_json(body)
    assert found == value
    assert type(found) is type(value)


def test_nan() -> None:
    assert math.isnan(parse_json(b"[NaN]")[0])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "the body ends there"),
        (b'{"a": 1', "character 7"),
        (b"<html>sign in</html>", "<html>sign in"),
        (b'{"a": tru}', "character 6"),
        (b'"\xff"', "not UTF-8 at byte 1"),
        (b"[" * 5000 + b"]" * 5000, "deep"),
        (b"[" * 300 + b"NaN" + b"]" * 300, "deep"),
        (b"9" * 5000, "digits"),
    ],
)
def test_what_is_no_json(body: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        parse_json(body)
    assert len(str(caught.value)) < 160


def test_an_excerpt_is_short() -> None:
    with pytest.raises(ValueError) as caught:
        parse_json(b"x" * 1000)
    assert "x" * 60 in str(caught.value)
    assert "x" * 61 not in str(caught.value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=12,
    )
)
def test_what_was_written_is_read(value: Any) -> None:
    assert parse_json(json.dumps(value).encode()) == value
