"""Which value fits which type: casts that never lose one.

A cast is two SQL expressions: the value in the target type, and the condition under which it is the same
value. `ALWAYS` and `NEVER` are the conditions that need no look at the data. A null never fails a condition.
"""

from typing import Literal, NamedTuple

from fieldhouse.warehouse.drivers.dialect import Dialect

ALWAYS = "TRUE"
NEVER = "FALSE"
EXACT_DOUBLE = 2**53
_WIDENED = {("bigint", "double"), ("bigint", "decimal"), ("date", "timestamp")}
_LOSSLESS = {("bigint", "decimal"), ("date", "timestamp")}
_INTEGER = r"^(0|-?[1-9][0-9]{0,18})$"
_DECIMAL = r"^-?(0|[1-9][0-9]{0,28})([.][0-9]{1,9})?$"
_FLOAT = r"^(-?(0|[1-9][0-9]{0,16})([.][0-9]{1,20})?([eE][+-]?[0-9]{1,3})?|NaN|-?Infinity)$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_TIMESTAMP = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?(Z|[+-][0-9]{2}(:?[0-9]{2})?)$"
)
_FORMS = {
    "bigint": _INTEGER,
    "decimal": _DECIMAL,
    "double": _FLOAT,
    "boolean": "^(true|false)$",
    "date": _DATE,
    "timestamp": _TIMESTAMP,
}


class Cast(NamedTuple):
    """The value in the target type, and when it is the same value."""

    value: str
    fits: str


def transition(stored: str, landed: str) -> Literal["copy", "widen", "check"]:
    """What a column that holds one type does for landed values of another."""
    if stored == landed or stored in ("text", "json") or (landed, stored) in _LOSSLESS:
        return "copy"
    return "widen" if (stored, landed) in _WIDENED else "check"


def cast(dialect: Dialect, value: str, source: str, target: str) -> Cast:
    """The cast of an expression between two logical types; a text source of a json value is `jsontext`."""
    if source == target:
        return Cast(value, ALWAYS)
    if target == "text":
        return Cast(_as_text(dialect, value, source), ALWAYS)
    if target == "json":
        return Cast(_as_json(dialect, value, source), ALWAYS)
    plain = dialect.try_cast(value, target)
    if (source, target) in _LOSSLESS:
        return Cast(plain, ALWAYS)
    if source == "json":
        source, value = "text", f"CAST({value} AS {dialect.types['text']})"
    if source in ("text", "jsontext"):
        return _from_text(dialect, value, target)
    fits = _fits(dialect, value, source, target)
    null = f"CAST(NULL AS {dialect.types[target]})"
    return Cast(plain if fits != NEVER else null, fits)


def _as_text(dialect: Dialect, value: str, source: str) -> str:
    if source == "jsontext":
        return value
    if source == "timestamp":
        return dialect.timestamp_text(value)
    if source == "double":
        return dialect.double_text(value)
    return f"CAST({value} AS {dialect.types['text']})"


def _as_json(dialect: Dialect, value: str, source: str) -> str:
    """Text is a JSON string unless it is an object or a list; the text of a json value is parsed.

    What does not parse stays as a JSON string, so that nothing is lost. Another value is the string of its text, which
    is how it lands in a batch with objects or other texts.
    """
    if source not in ("text", "jsontext"):
        return dialect.to_json(_as_text(dialect, value, source))
    parsed = dialect.parse_json(value)
    if source == "jsontext":
        return parsed
    return (
        f"CASE WHEN {value} LIKE '{{%' OR {value} LIKE '[%' THEN {parsed} ELSE {dialect.to_json(value)} END"
    )


def _from_text(dialect: Dialect, value: str, target: str) -> Cast:
    convert = dialect.try_cast
    if target in ("date", "timestamp", "double"):
        convert = dialect.try_parse
    tried = convert(value, target)
    form = dialect.matches(value, _FORMS[target])
    in_range = _in_range(dialect, value, tried, target)
    return Cast(tried, f"CASE WHEN {form} THEN {in_range} ELSE {value} IS NULL END")


def _in_range(dialect: Dialect, value: str, tried: str, target: str) -> str:
    if target == "bigint":
        wide = dialect.types["decimal"]
        return f"CAST({value} AS {wide}) BETWEEN {-(2**63)} AND {2**63 - 1}"
    if target == "double":
        back = f"CAST({tried} AS {dialect.types['text']})"
        return f"coalesce({_digits(value)} = {_digits(back)}, FALSE)"
    return f"{tried} IS NOT NULL"


def _digits(number: str) -> str:
    """The digits of a number's text that count: of the shortest text of a double, as many as tell it from others."""
    digits = f"regexp_replace(regexp_replace({number}, '[eE].*$', ''), '[^0-9]', '', 'g')"
    return f"trim(BOTH '0' FROM {digits})"


def _fits(dialect: Dialect, value: str, source: str, target: str) -> str:
    """The condition for the pairs of numbers, and of time with date; no other pair ever fits."""
    double = dialect.types["double"]
    match (source, target):
        case ("bigint", "double"):
            return f"{value} BETWEEN {-EXACT_DOUBLE} AND {EXACT_DOUBLE}"
        case ("double", "bigint"):
            return f"{value} BETWEEN {-EXACT_DOUBLE} AND {EXACT_DOUBLE} AND {value} = floor({value})"
        case ("decimal", "bigint"):
            return f"{value} BETWEEN {-(2**63)} AND {2**63 - 1} AND {value} = floor({value})"
        case ("decimal", "double"):
            back = f"{dialect.try_cast(f'CAST({value} AS {double})', 'decimal')} = {value}"
        case ("double", "decimal"):
            back = f"CAST({dialect.try_cast(value, 'decimal')} AS {double}) = {value}"
        case ("timestamp", "date"):
            return f"{value} = CAST(CAST({value} AS date) AS {dialect.types['timestamp']})"
        case _:
            return NEVER
    return f"CASE WHEN {value} BETWEEN -1e15 AND 1e15 THEN {back} ELSE {value} IS NULL END"
