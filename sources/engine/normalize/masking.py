"""Columns that a setting keeps out of the warehouse, or lets in as a keyed hash only.

Rules are globs over ``table.column`` with the final names (``tickets.requester__*``, ``*.email``,
``tickets__comments.body``). A rule that names an object, a list or a child table covers all that is in it. It holds
as well where an object comes as a list, or a list as an object: ``a.b__c`` and ``a__b.c`` name one field.
The rules hold inside JSON text too, by the names the values would have as columns.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal

from fieldhouse.sources.engine.spec.naming import joined, snake_case
from fieldhouse.sources.engine.spec.text import text_of

Verdict = Literal["keep", "drop", "mask"]


class Privacy:
    """Which columns are dropped and which are masked.

    Args:
        drop: globs of columns that are never stored.
        mask: globs of columns that are stored as HMAC-SHA256 in hexadecimal. Equal values give equal hashes
            in every table, whether the vendor sent ``5`` or ``"5"``.
        salt: the key of that hash.

    Raises:
        ValueError: a mask without a salt: its hashes could be undone by trying values.
    """

    def __init__(self, drop: Sequence[str] = (), mask: Sequence[str] = (), salt: bytes = b"") -> None:
        if mask and not salt:
            raise ValueError(
                "hash_columns needs a salt: without one the hashes can be undone by trying values"
            )
        self.drop, self.mask, self._salt = tuple(drop), tuple(mask), salt
        self._verdicts: dict[tuple[str, str], Verdict] = {}

    def __bool__(self) -> bool:
        return bool(self.drop or self.mask)

    def verdict(self, table: str, column: str) -> Verdict:
        """What happens to a column. To drop wins over to mask."""
        if not self:
            return "keep"
        cached = self._verdicts.get((table, column))
        if cached is None:
            cached = self._verdicts[table, column] = self._judged(f"{table}.{column}")
        return cached

    def inside(self, table: str, column: str = "") -> Verdict:
        """What happens to a plain value that comes where rules hide something inside an object or a list.

        Without ``column`` it is an item of the list that ``table`` holds.
        """
        full_name = joined(table, column) if column else table
        starts = (f"{full_name}.", *(f"{other}__" for other in _respelled(full_name)))
        if any(glob.startswith(starts) for glob in self.drop):
            return "drop"
        return "mask" if any(glob.startswith(starts) for glob in self.mask) else "keep"

    def _judged(self, path: str) -> Verdict:
        if any(_covers(glob, path) for glob in self.drop):
            return "drop"
        return "mask" if any(_covers(glob, path) for glob in self.mask) else "keep"

    def masked(self, value: Any) -> str | None:
        """The hash that stands for a value; null stays null."""
        text = text_of(value)
        if text is None:
            return None
        return hmac.digest(self._salt, text.encode("utf-8", "surrogatepass"), "sha256").hex()

    def fingerprint(self) -> str:
        """A text that changes with the rules and the salt, and tells nothing about the salt."""
        proof = hmac.digest(self._salt, b"fieldhouse columns", "sha256").hex() if self.mask else ""
        return repr((sorted(self.drop), sorted(self.mask), proof))

    def pruned(self, value: Any, table: str, column: str = "") -> Any:
        """A value with everything in it dropped or masked that the rules name.

        Args:
            value: an object or a list (anything else comes back as it is).
            table: the table that the value belongs to.
            column: its name there; empty for a whole record.
        """
        if not self:
            return value
        if type(value) is dict:
            return self._pruned_object(value, table, column)
        if type(value) is list:
            inner = joined(table, column)
            return [self._pruned_item(item, inner) for item in value]
        return value

    def _pruned_object(self, value: dict[str, Any], table: str, column: str) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for key, field_value in value.items():
            name = joined(column, snake_case(key))
            verdict = self.verdict(table, name)
            if verdict == "keep" and not isinstance(field_value, dict | list | None):
                verdict = self.inside(table, name)
            if verdict != "drop":
                kept[key] = (
                    self.masked(field_value) if verdict == "mask" else self.pruned(field_value, table, name)
                )
        return kept

    def _pruned_item(self, item: Any, table: str) -> Any:
        if type(item) is dict:
            return self._pruned_object(item, table, "")
        verdict = self.verdict(table, "value")
        if verdict == "keep" and type(item) is not list:
            verdict = self.inside(table)
        if verdict == "keep":
            return self.pruned(item, table, "value")
        return self.masked(item) if verdict == "mask" else None


_WILD = re.compile(r"[*?\[]")


def _covers(glob: str, path: str) -> bool:
    if fnmatchcase(path, glob):
        return True
    table, dot, column = glob.partition(".")
    if not dot or _WILD.search(table):
        return False
    within = path.partition(".")[0].startswith(f"{table}__")
    if within and _WILD.search(column.partition("__")[0]):
        return False  # ``tickets.*`` is about columns of tickets, not of its child tables
    return any(fnmatchcase(other, glob) for other in _respelled(path))


def _respelled(path: str) -> Iterator[str]:
    """``a__b.c`` as ``a.b__c``, and ``a.b__c`` as ``a__b.c``: the dot at every other place."""
    parts = path.replace(".", "__").split("__")
    for at in range(1, len(parts)):
        yield f"{'__'.join(parts[:at])}.{'__'.join(parts[at:])}"
