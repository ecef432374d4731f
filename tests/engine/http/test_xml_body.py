"""XML bodies: forbidden characters are replaced, what could grow without end is refused, and no text is shown."""

from __future__ import annotations

import time

import pytest

from fieldhouse.sources.engine.http.xml_body import FORBIDDEN, Element, fold

BAD = FORBIDDEN


def text_of(element: Element) -> object:
    return [value for _, value in element.children] or element.text


def note(body: bytes) -> object:
    return fold(body, text_of)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("one&#11;two", f"one{BAD}two"),
        ("a&#x1F;b", f"a{BAD}b"),
        ("a&#x1f;&#0;b", f"a{BAD}{BAD}b"),
        ("a\x0bb\x1fc\x00d", f"a{BAD}b{BAD}c{BAD}d"),
        ("hi &#55357;&#56832;!", "hi \U0001f600!"),
        ("hi &#xD83D;&#xDE00;", "hi \U0001f600"),
        ("half &#55357; done", f"half {BAD} done"),
        ("&#xFFFE;&#1114112;", f"{BAD}{BAD}"),
        ("<![CDATA[a\x0bb &#11; &#55357;&#56832;]]>&#11;", f"a{BAD}b &#11; &#55357;&#56832;{BAD}"),
        ("tab&#9;line&#10;ä", "tab\tline\nä"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_characters_that_xml_forbids_are_replaced(written: str, text: str, encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    document = f'<?xml version="1.0" encoding="{declared}"?>\n<a><b>{written}</b><b>next</b></a>'
    assert note(document.encode(encoding)) == ("a", [text, "next"])


def test_a_body_without_a_declaration_is_repaired_too() -> None:
    assert note(b"<a><b>x&#11;</b></a>") == ("a", [f"x{BAD}"])


def test_attributes_are_repaired_as_text_is() -> None:
    assert fold(b'<a b="x&#11;y"/>', lambda element: element.attributes["b"]) == ("a", f"x{BAD}y")


def test_a_long_text_is_no_long_tag() -> None:
    long = "x" * 1_200_000
    for written in (long, f"<![CDATA[{long}]]>", f"<![CDATA[<{long}]]>"):
        _, values = note(f"<a><b>{written}</b></a>".encode())  # type: ignore[misc]
        assert values[0].removeprefix("<") == long


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"plain text",
        b"<a><b></a>",
        b"<a>\x0b",
        b"\xff\xff<a/>",
        b'<?xml version="1.0" encoding="no-such"?><a>&#11;</a>',
        b"<a b='" + b"x" * 1_100_000 + b"'/>",
        b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a>&#11;</a>',
        b"<a>" * 100 + b"</a>" * 100,
    ],
)
def test_what_is_no_xml_stays_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"XML"):
        note(body)


def test_a_body_of_nothing_but_brackets_is_refused_in_time() -> None:
    started = time.process_time()
    for body in (b"<" * 2_000_000, b"<a>" + b"<![CDATA[" * 200_000, b"<a" * 700_000):
        with pytest.raises(ValueError, match="XML"):
            note(body)
    assert time.process_time() - started < 5


def test_no_error_holds_a_part_of_the_body() -> None:
    for body in (b"<a>anna@example.org", b"<a><anna>5550123</b></a>", b"anna 5550123", b"<a>&anna;</a>"):
        with pytest.raises(ValueError, match="XML") as error:
            note(body)
        assert "anna" not in str(error.value)
        assert "5550123" not in str(error.value)
