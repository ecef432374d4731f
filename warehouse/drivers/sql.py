"""Names and values as SQL text that every database of ours reads."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_SURROGATE = re.compile("[\ud800-\udfff]")


def quote(name: str) -> str:
    """The name as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def assignments(columns: Iterable[str], *, of: str) -> str:
    """A list for SET that gives each column the value of the same column of ``of``."""
    return ", ".join(f"{quote(name)} = {of}.{quote(name)}" for name in columns)


def names(columns: Iterable[str], of: str = "") -> str:
    """The columns as a list of quoted identifiers, each of the table alias `of` where given."""
    return ", ".join(f"{of}.{quote(name)}" if of else quote(name) for name in columns)


def json_text(value: Any) -> str:
    """The value as JSON text that both databases store: NUL becomes U+2400, a lone surrogate U+FFFD.

    A value that JSON cannot express (NaN) is kept as a string of its Python form.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    except (ValueError, TypeError):
        text = json.dumps(repr(value), ensure_ascii=False)
    return _SURROGATE.sub("\ufffd", _NUL.sub("\\1\u2400", text))


def literal(value: Any) -> str:
    """The value as an SQL literal; dicts and lists as JSON text.

    Raises TypeError for a type that has no literal.
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float, Decimal)):
        return _number(value)
    if isinstance(value, datetime):
        return f"CAST('{value.astimezone(UTC).isoformat()}' AS TIMESTAMP WITH TIME ZONE)"
    if isinstance(value, date):
        return f"CAST('{value.isoformat()}' AS DATE)"
    if isinstance(value, (dict, list)):
        value = json_text(value)
    if isinstance(value, str):
        return _string(value)
    raise TypeError(f"no SQL literal for {type(value).__name__}")


def _number(value: int | float | Decimal) -> str:
    """NaN and the infinities are not numbers to SQL's grammar; a quoted one is."""
    if isinstance(value, float):
        return f"CAST('{value!r}' AS DOUBLE PRECISION)"
    return f"({value})"


def _string(value: str) -> str:
    clean = _SURROGATE.sub("\ufffd", value.replace("\x00", "\u2400"))
    return "'" + clean.replace("'", "''") + "'"
