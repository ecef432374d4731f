"""Bodies: every digit survives, and what is no JSON says where."""

from __future__ import annotations

import json
import math
import re
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldhouse.sources.engine.http.json_body import DEEPEST, _has_long_run, parse_json, utf8_body
from fieldhouse.sources.engine.http.messages import Response

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
    parsed = parse_json(body)
    assert parsed == value
    assert type(parsed) is type(value)


def test_nan() -> None:
    assert math.isnan(parse_json(b"[NaN]")[0])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the body ends there"),
        (b'{"a": 1', "character 7"),
        (b"<html>sign in</html>", "character 0 of 20"),
        (b'{"a": tru}', "character 6"),
        (b'"\xff"', "not UTF-8 at byte 1"),
        (b"[" * 5000 + b"]" * 5000, "deep"),
        (b"[" * 300 + b"NaN" + b"]" * 300, "deep"),
        (b"9" * 5000, "digits"),
    ],
)
def test_what_is_no_json(body: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        parse_json(body)
    assert len(str(caught.value)) < 160


@pytest.mark.parametrize(
    "body",
    [
        b'[{"Id": 1, "Email": anna@example.org, "Phone": "5550123"}]',
        b'[{"Name": "anna \xfc", "Phone": "5550123"}]',
        b'[{"Name": "anna", "Phone": "5550123',
        b"anna 5550123",
        b'{"anna": ' + b"9" * 5000 + b"}",
        b'{"anna": ' + b"[" * 300 + b"5550123" + b"]" * 300 + b"}",
    ],
)
def test_no_error_holds_a_part_of_the_body(body: bytes) -> None:
    with pytest.raises(ValueError) as caught:
        parse_json(body)
    assert "anna" not in str(caught.value)
    assert "5550123" not in str(caught.value)


@pytest.mark.parametrize(
    ("opening", "closing", "levels"),
    [
        (b"[", b"]", 1),
        (b'{"a":', b"}", 1),
        (b'[{"a":', b"}]", 2),
        (b'{"a":[', b"]}", 2),
    ],
)
@pytest.mark.parametrize("inside", [b"1", b"NaN", b'"[ {"', b"[" + b"{}," * 1000 + b"1]"])
def test_bodies_nest_up_to_the_limit_whatever_parser_reads_them(
    opening: bytes, closing: bytes, levels: int, inside: bytes
) -> None:
    most = (DEEPEST - 2 * inside.startswith(b"[")) // levels
    parse_json(opening * most + inside + closing * most)
    for times in (DEEPEST // levels + 1, 600, 1000, 1024, 2000, 100_000):
        with pytest.raises(ValueError, match=f"more than {DEEPEST} levels deep"):
            parse_json(opening * times + inside + closing * times)


@given(st.lists(st.text("0123456789", max_size=25) | st.text("0, -a", max_size=8)))
def test_a_run_of_nineteen_digits_is_noticed_wherever_it_begins(parts: list[str]) -> None:
    body = "".join(parts).encode()
    assert _has_long_run(body) == bool(re.search(rb"[0-9]{19}", body))


@pytest.mark.parametrize("digits", [18, 19])
def test_a_long_run_is_noticed_after_many_that_are_shorter(digits: int) -> None:
    body = b"1234567890123456," * 5000 + b"1" * digits
    assert _has_long_run(body) == (digits == 19)


def test_a_body_whose_values_take_too_much_memory_is_refused_before_they_are_made() -> None:
    tracemalloc.start()
    for item, times in ((b"[],", 15_000_000), (b"{},", 8_000_000), (b"1,", 25_000_000)):
        with pytest.raises(ValueError, match="GB of memory"):
            parse_json(b"[" + item * times + b"0]")
    assert tracemalloc.get_traced_memory()[1] < 300_000_000
    tracemalloc.stop()


def test_a_large_honest_body_is_read() -> None:
    """30 MB of text that is nothing but commas and brackets is one value."""
    assert parse_json(b'["' + b"[{," * 10_000_000 + b'"]') == ["[{," * 10_000_000]


def answer(body: bytes, kind: str) -> Response:
    return Response(200, {"content-type": kind}, body)


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("iso-8859-1", "latin-1"),
        ("windows-1252", "cp1252"),
        ("UTF-16", "utf-16"),
        ("utf-16le", "utf-16-le"),
        ("utf-8", "utf-8"),
        ('"utf8"', "utf-8"),
        ("iso-8859-1", "utf-8"),
        ("no-such-set", "utf-8"),
    ],
)
def test_json_is_read_by_the_character_set_that_is_declared_and_as_utf_8_if_it_is(
    charset: str, encoding: str
) -> None:
    body = '["café"]'.encode(encoding)
    assert parse_json(utf8_body(answer(body, f"application/json; charset={charset}"))) == ["café"]


@pytest.mark.parametrize("charset", ["no-such-set", "utf-16"])
def test_a_character_set_that_does_not_fit_is_named(charset: str) -> None:
    with pytest.raises(ValueError, match=charset):
        utf8_body(answer(b'["caf\xe9s"]', f"application/json;charset={charset}"))


def test_an_undeclared_character_set_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="not UTF-8 at byte 5 of 8"):
        parse_json(utf8_body(answer(b'["caf\xe9"]', "application/json")))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=12,
    )
)
def test_what_was_written_is_read(value: Any) -> None:
    assert parse_json(json.dumps(value).encode()) == value
