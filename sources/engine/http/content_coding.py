"""Content codings: bodies as RFC 9110 lets a server compress them, inflated up to a limit.

Only gzip is asked for. What a server sends all the same is read if it is gzip or deflate, in any number of layers;
anything else is refused by name, since no repetition heals it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping

from fieldhouse.sources.engine.errors import VendorChanged

_GZIP, _ZLIB, _RAW = 31, 15, -15
"""zlib's window bits for the three containers."""
_WINDOWS = {"gzip": (_GZIP,), "x-gzip": (_GZIP,), "deflate": (_ZLIB, _RAW)}
_MEMBER = b"\x1f\x8b"
"""How a member of a gzip body begins."""
_PIECE = 1_000_000
_PLAIN = (b"[", b"{", b"<")
"""How JSON and XML begin; a body without a zlib header that begins so and cannot be inflated is not compressed."""


class CutBodyError(Exception):
    """A compressed body ended early or is damaged: the same request may succeed."""


def body_of(
    stream: Iterable[bytes], status: int, headers: Mapping[str, str], *, host: str, max_bytes: int
) -> bytes:
    """The whole body of an answer, inflated here so that a small bomb stops at the limit and not after it.

    The body of an answer that is no success is only looked at for the vendor's own words: one that is empty or cannot
    be inflated is taken as it came.

    Args:
        headers: with lower-case names.
        max_bytes: the most that the body may hold when inflated.

    Raises:
        CutBodyError: it ended early.
        VendorChanged: it is too large, or its coding is unknown or not the one that the header names.
    """
    codings = [name.strip().lower() for name in headers.get("content-encoding", "").split(",")]
    codings = [name for name in codings if name not in ("", "identity")]
    if status >= 300:
        raw = b"".join(_limited(stream, host, max_bytes))
        try:
            return b"".join(_limited(_decoded([raw], codings, host), host, max_bytes)) if raw else b""
        except (CutBodyError, VendorChanged):
            return raw
    return b"".join(_limited(_decoded(stream, codings, host), host, max_bytes))


def _limited(pieces: Iterable[bytes], host: str, max_bytes: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > max_bytes:
            raise VendorChanged(
                f"{host} answered with more than {max_bytes:,} bytes; no answer that large is read",
                do="Restrict what is read with the settings 'tables' or 'start_date', or ask the vendor.",
            )
        yield piece


def _decoded(stream: Iterable[bytes], codings: list[str], host: str) -> Iterator[bytes]:
    """The stream without its codings; the last one that was applied is taken off first."""
    pieces = iter(stream)
    for coding in reversed(codings):
        if coding not in _WINDOWS:
            raise VendorChanged(f"{host} answered with Content-Encoding: {_shown(coding)}, which is not read")
        pieces = _inflated(pieces, coding, host)
    return pieces


def _shown(coding: str) -> str:
    return coding if coding.isalnum() and len(coding) <= 20 else "of an unknown name"


def _inflated(stream: Iterator[bytes], coding: str, host: str) -> Iterator[bytes]:
    """One coding taken off. A gzip body may have several members, each of which may begin in any piece.

    What follows the last one is read and ignored: an answer that ends before its length is thereby noticed.
    """
    inflate = None
    started = plain = is_over = False
    for piece in stream:
        rest = b"" if is_over else piece
        plain = plain or (not started and piece[:1] in _PLAIN)
        while rest:
            if inflate is not None and inflate.eof:
                is_over = coding == "deflate" or not _MEMBER.startswith(rest[: len(_MEMBER)])
                if is_over:
                    break
                inflate = zlib.decompressobj(_GZIP)
            try:
                if inflate is None:
                    inflate = _first(rest, coding)
                out = inflate.decompress(rest, _PIECE)
            except zlib.error:
                if started and not plain:
                    raise CutBodyError("the compressed body is damaged") from None
                raise _other_coding(host, coding) from None
            started = True
            rest = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
            if out:
                yield out
    if plain:
        raise _other_coding(host, coding)
    if inflate is None or not inflate.eof:
        raise CutBodyError("the compressed body is cut off")


def _other_coding(host: str, coding: str) -> VendorChanged:
    return VendorChanged(f"{host} answered with Content-Encoding: {coding}, and a body that is not {coding}")


def _first(start: bytes, coding: str) -> zlib._Decompress:
    """The decompressor that reads the start of a body: ``deflate`` has a zlib header, and at some servers none."""
    *others, last = _WINDOWS[coding]
    for window in others:
        try:
            zlib.decompressobj(window).decompress(start, 1)
        except zlib.error:
            continue
        return zlib.decompressobj(window)
    return zlib.decompressobj(last)
