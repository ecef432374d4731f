"""Identifiers: how long a name may be in every warehouse, and the names of landing schemas.

Names of columns and child tables are made in `sources/engine/spec/naming.py`, within the same limit: a table must have
the same names in every warehouse.
"""

from __future__ import annotations

import hashlib
import re

LONGEST = 63
"""Bytes of the longest name that Postgres keeps: it cuts a longer one without an error, so that two become one."""
_LANDING = "__landing"
_RUN_DIGITS = 8
_HASH_DIGITS = 8
_IS_LANDING = re.compile(rf".+{_LANDING}(_[0-9a-f]{{0,{_RUN_DIGITS}}})?")


def shorten(name: str, longest: int = LONGEST) -> str:
    """The name, or its first bytes and a hash of all of it if it is longer than ``longest`` bytes."""
    raw = name.encode()
    if len(raw) <= longest:
        return name
    first = raw[: longest - _HASH_DIGITS - 1].decode(errors="ignore")
    return f"{first}_{hashlib.sha256(raw).hexdigest()[:_HASH_DIGITS]}"


def landing_schema(schema: str, run: str = "") -> str:
    """The name of the schema in which a run of an account lands rows; ``run`` is a hexadecimal id."""
    suffix = f"_{run[:_RUN_DIGITS]}" if run else ""
    return f"{_landing_prefix(schema)}{suffix}"


def is_landing_schema(name: str) -> bool:
    """True if a schema of this name can be a landing schema."""
    return _LANDING in name and len(name.encode()) <= LONGEST and _IS_LANDING.fullmatch(name) is not None


def is_landing_of(schema: str, name: str) -> bool:
    """True if a schema in the catalogue is a landing schema of an account, of any of its runs."""
    prefix = next((prefix for prefix in _prefixes(schema) if name.startswith(prefix)), None)
    return prefix is not None and re.fullmatch(r"(_[0-9a-f]*)?", name[len(prefix) :]) is not None


def _landing_prefix(schema: str) -> str:
    return shorten(schema, LONGEST - len(_LANDING) - 1 - _RUN_DIGITS) + _LANDING


def _prefixes(schema: str) -> tuple[str, str]:
    """Today's, and that of version 0.1, which did not shorten the schema's name."""
    return _landing_prefix(schema), f"{schema}{_LANDING}"
