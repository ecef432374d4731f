"""Records as the XML that Rails writes: dashed names, ``type`` and ``nil`` attributes, full nested records.

The forms are those of the recorded bodies of the same API under its later name, Kickserv.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from fieldhouse.sources.sandbox.sandbox import Record

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True)
class RecordType:
    """``one`` and ``many`` are underscored element names; ``kinds`` the ``type`` of each field, "" for text.

    ``class_name`` is what ``type`` says where the record stands inside another one.
    """

    one: str
    many: str
    kinds: Mapping[str, str] = field(default_factory=dict)
    class_name: str = ""
    nested: Mapping[str, RecordType] = field(default_factory=dict)


def kinds(text: str) -> dict[str, str]:
    """``"id:integer name"`` as ``{"id": "integer", "name": ""}``."""
    return {name: kind for name, _, kind in (word.partition(":") for word in text.split())}


def document(record_type: RecordType, value: list[Record] | Record, root: str | None = None) -> bytes:
    """One record, or a list of them under its ``type="array"`` root, as a UTF-8 document."""
    lines: list[str] = []
    if isinstance(value, list):
        _array(lines, record_type.many, value, record_type, "")
    else:
        _record(lines, root or record_type.one, value, record_type, "", "")
    return (HEAD + "\n".join(lines) + "\n").encode()


def errors(text: str) -> bytes:
    return f"{HEAD}<errors>\n  <error>{escape(text)}</error>\n</errors>\n".encode()


def _array(lines: list[str], name: str, items: list[Any], record_type: RecordType, pad: str) -> None:
    dashed = name.replace("_", "-")
    if not items:
        lines.append(f'{pad}<{dashed} type="array"/>')
        return
    lines.append(f'{pad}<{dashed} type="array">')
    for item in items:
        if isinstance(item, dict):
            _record(
                lines, record_type.one, item, record_type, record_type.class_name if pad else "", pad + "  "
            )
        else:
            lines.append(pad + "  " + _scalar(record_type.one, item, _kind(item)))
    lines.append(f"{pad}</{dashed}>")


def _record(
    lines: list[str], name: str, record: Record, record_type: RecordType, type_: str, pad: str
) -> None:
    dashed = name.replace("_", "-")
    lines.append(f'{pad}<{dashed} type="{type_}">' if type_ else f"{pad}<{dashed}>")
    inner = pad + "  "
    for key, value in record.items():
        child = record_type.nested.get(key) or RecordType(key.removesuffix("s"), key)
        if isinstance(value, list):
            _array(lines, key, value, child, inner)
        elif isinstance(value, dict):
            _record(lines, key, value, child, child.class_name, inner)
        else:
            kind = record_type.kinds.get(key)
            lines.append(inner + _scalar(key, value, _kind(value) if kind is None else kind))
    lines.append(f"{pad}</{dashed}>")


def _scalar(name: str, value: Any, kind: str) -> str:
    """``nil="true"`` for None and an empty element for an empty string: they are not the same."""
    dashed = name.replace("_", "-")
    typed = f' type="{kind}"' if kind else ""
    if value is None:
        return f'<{dashed}{typed} nil="true"/>'
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{dashed}{typed}>{escape(text, _RETURN)}</{dashed}>"


_RETURN = {"\r": "&#13;"}


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return {int: "integer", float: "decimal"}.get(type(value), "")


def billion_laughs(root: str) -> bytes:
    """Entities that would grow to 10^9 copies."""
    layers = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    grown = f'<!DOCTYPE {root} [<!ENTITY l0 "ha">{layers}]>\n'
    return f'{HEAD}{grown}<{root} type="array"><task><name>&l9;</name></task></{root}>\n'.encode()


def deep_nesting(root: str, depth: int = 200_000) -> bytes:
    """Elements inside elements."""
    return f'{HEAD}<{root} type="array">{"<a>" * depth}{"</a>" * depth}</{root}>\n'.encode()


def huge_body(root: str, size: int) -> bytes:
    """Well-formed, and a little over ``size`` bytes."""
    return f'{HEAD}<{root} type="array"><task><name>{"x" * size}</name></task></{root}>\n'.encode()
