"""Names of columns and tables: from what a vendor sends to snake_case, stable and never ambiguous.

Inside one object every vendor key gets exactly one name, and the name depends on that object alone, never on
other rows: the same record lands in the same columns whatever batch it comes with. One name never holds
``__``, which joins the levels (``agent__username``, ``tickets__comments``), except for the suffix of a
collision.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

LONGEST = 63
"""Bytes of the longest identifier that Postgres keeps whole."""

RESERVED = frozenset({"cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"})
"""Names that a table of Postgres has already: its system columns."""
_WORD_END = re.compile(r"([a-z0-9])([A-Z])")
_ACRONYM_END = re.compile(r"([A-Z]+)([A-Z](?!s(?![a-z]))[a-z])")
_OTHER = re.compile(r"[^a-z0-9]+")
_COLUMN = re.compile(r"(?!.*__)(?:_[0-9]|[a-z])[a-z0-9_]*(?<!_)")


def digest(text: str, length: int) -> str:
    """The first ``length`` hex digits of a hash of ``text`` that is the same on every machine."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]


@lru_cache(maxsize=65536)
def snake_case(name: str) -> str:
    """The column name for a vendor's name: ``WorkOrderLines`` is ``work_order_lines``.

    A leading digit gets ``_`` (``_24_hour_clock``); a leading ``_`` of the vendor gets ``x`` before it,
    since names with ``_`` are ours (``_deleted_at`` gives ``x_deleted_at``). Letters outside ASCII lose
    their accents; a name of which nothing remains becomes ``x_`` and a hash. A reserved name gets ``x_``
    before it in every warehouse (``xmin`` gives ``x_xmin``). Names over 63 bytes are cut and end in a hash.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = _WORD_END.sub(r"\1_\2", _ACRONYM_END.sub(r"\1_\2", plain)).lower()
    snake = _OTHER.sub("_", words)
    body = snake.strip("_")
    if not body or (not name.isascii() and body.isdigit()):
        return f"x_{digest(name, 8)}"
    if name.startswith("_") or body in RESERVED:
        return shortened(f"x_{body}")
    return shortened(f"_{body}" if body[0].isdigit() else body)


def is_column_name(name: str) -> bool:
    """Whether a declared name has the form that :func:`snake_case` gives."""
    return len(name) <= LONGEST and name not in RESERVED and _COLUMN.fullmatch(name) is not None


def shortened(name: str) -> str:
    """``name`` itself, or its first 54 bytes and a hash of all of it where it is over 63 bytes."""
    return name if len(name) <= LONGEST else f"{name[:54]}_{digest(name, 8)}"


@lru_cache(maxsize=65536)
def joined(outer: str, inner: str) -> str:
    """Two levels as one name: ``agent`` and ``username`` give ``agent__username``."""
    return shortened(f"{outer}__{inner}") if outer else inner


def apart(name: str, original: str) -> str:
    """A name for ``original`` that keeps away from ``name``, which another key has."""
    return shortened(f"{name}__{digest(original, 4)}")


@lru_cache(maxsize=4096)
def resolved(keys: tuple[str, ...]) -> dict[str, str]:
    """The name of each key of one object. Callers must not change the answer.

    Of keys that meet in one name (``userId`` and ``user_id``) the one that is spelled so already keeps it,
    or else the first in alphabetical order, those after a sign last: ASP.NET writes ``$id`` for itself beside
    ``Id``. Each other gets the name and four hex digits of its own spelling.
    """
    groups: dict[str, list[str]] = {}
    for key in keys:
        groups.setdefault(snake_case(key), []).append(key)
    names: dict[str, str] = {}
    for name, members in groups.items():
        owner = name if name in members else min(members, key=lambda key: (not key[:1].isalnum(), key))
        names.update((key, name if key == owner else apart(name, key)) for key in members)
    return {key: names[key] for key in keys}


def collide(keys: Iterable[str]) -> bool:
    """Whether two of the keys have one name."""
    names = [snake_case(key) for key in keys]
    return len(set(names)) < len(names)
