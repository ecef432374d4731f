"""Whole HTTP answers by chance: statuses, headers, codings, character sets, and good, cut or rubbish bodies."""

from __future__ import annotations

import gzip
import json
import socket
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from hypothesis import strategies as st

from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.errors import SourceError
from tests.support.reader_harness import read
from tests.support.wire import head_of, listening

Row = dict[str, object]
CODINGS = {
    "": lambda body: body,
    "identity": lambda body: body,
    "gzip": lambda body: gzip.compress(body, mtime=0),
    "x-gzip": lambda body: gzip.compress(body, mtime=0),
    "deflate": zlib.compress,
    "deflate, gzip": lambda body: gzip.compress(zlib.compress(body), mtime=0),
}
_TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=12)
_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=True), _TEXT, st.just([]), st.just({})
)
_ROWS = st.lists(st.tuples(st.integers(1, 40), _TEXT), max_size=5, unique_by=lambda row: row[0])


@dataclass(frozen=True)
class FuzzedAnswer:
    """One answer as bytes. ``rows`` are those that it holds; None if it is no honest answer with rows."""

    head: bytes
    body: bytes
    rows: tuple[tuple[int, str], ...] | None
    xml: bool

    @property
    def message(self) -> bytes:
        return self.head + b"\r\n\r\n" + self.body


def _json(rows: Sequence[tuple[int, str]]) -> str:
    return json.dumps([{"id": id, "name": name} for id, name in rows], ensure_ascii=False)


def _xml(rows: Sequence[tuple[int, str]]) -> str:
    inside = "".join(f"<Service><id>{id}</id><name>{escape(name)}</name></Service>" for id, name in rows)
    return f"<ArrayOfService>{inside}</ArrayOfService>"


def _chunked(body: bytes, size: int) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


_DAMAGES = st.sampled_from(["none", "none", "none", "cut", "rubbish", "other coding", "values", "short"])
_STATUSES = st.sampled_from(
    [200, 200, 200, 200, 200, 201, 204, 206, 301, 304, 400, 401, 403, 404, 429, 500, 599]
)
_EXTRA = st.lists(
    st.sampled_from(
        [
            *("Retry-After: 0", "Retry-After: inf", "Retry-After: soon", "Date: never", "Date: "),
            *("Location: //", "Location: http://[", "Vary: *", "X-Long: " + "x" * 5000, "Age: -1"),
            *("Set-Cookie: a=b", "Connection: close", "Content-Language: \xe4\xf6"),
        ]
    ),
    max_size=3,
)


@st.composite
def answers(draw: st.DrawFn) -> FuzzedAnswer:
    """An answer of Notific's list of services, in JSON or XML."""
    xml, status, damage = draw(st.booleans()), draw(_STATUSES), draw(_DAMAGES)
    rows = tuple(draw(_ROWS))
    charset = draw(st.sampled_from(["", "", "; charset=utf-8", "; charset=utf-16", "; charset=no-such"]))
    encoding = "utf-16" if "utf-16" in charset and not xml else "utf-8"
    body = (_xml(rows) if xml else _json(rows)).encode(encoding)
    if damage == "rubbish":
        body = draw(st.binary(max_size=200))
    if damage == "values":
        body = json.dumps(
            draw(st.one_of(_VALUES, st.lists(_VALUES), st.dictionaries(_TEXT, _VALUES)))
        ).encode()
    coding = draw(st.sampled_from(list(CODINGS)))
    coded = CODINGS[coding](body)
    if damage == "cut":
        coded = coded[: draw(st.integers(0, max(0, len(coded) - 1)))]
    if damage == "other coding":
        coding = draw(st.sampled_from(["br", "zstd", "gzip", "deflate", "compress", "ä"]))
        coded = body
    length = len(coded) + (draw(st.integers(1, 9)) if damage == "short" else 0)
    kind = (
        draw(st.sampled_from(["application/json", "text/json", "", "text/html"]))
        if not xml
        else "application/xml"
    )
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}{charset}", *draw(_EXTRA)]
    lines += [f"Content-Encoding: {coding}"] if coding else []
    if damage != "short" and draw(st.booleans()):
        lines, coded = [*lines, "Transfer-Encoding: chunked"], _chunked(coded, draw(st.integers(1, 50)))
    else:
        lines.append(f"Content-Length: {length}")
    honest = damage == "none" and status == 200
    return FuzzedAnswer("\r\n".join(lines).encode("latin-1", "replace"), coded, rows if honest else None, xml)


def check(answer: FuzzedAnswer) -> None:
    """Read the answer as a sync would: rows that the vendor sent, or an error for a person, and nothing else.

    Anything but a ``SourceError`` passes through as the defect that it is.
    """

    def serve(connection: socket.socket) -> None:
        while True:
            head_of(connection)
            connection.sendall(answer.message)
            if answer.rows is None:
                connection.shutdown(socket.SHUT_WR)
                return

    with listening(serve) as port:
        settings = {
            "base_url": f"http://127.0.0.1:{port}",
            "api_key": "hidden-key",
            "format": "xml" if answer.xml else "json",
        }
        result = read(VENDORS["notific"], settings, "services")
    (outcome,) = result.outcomes.values()
    results = {(int(row["id"]), row.get("name") or "") for row in result.rows.get("services", [])}
    assert outcome.error is None or isinstance(outcome.error, SourceError)
    if outcome.error is not None:
        assert not results
        assert getattr(outcome.error, "exit_code", 1) in (2, 3, 4)
    if answer.rows is not None:
        assert results <= set(answer.rows)
        assert outcome.error is not None or results == set(answer.rows)
