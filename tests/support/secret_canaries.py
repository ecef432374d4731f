"""Secrets that must be seen nowhere: one in each credential field of each vendor, and where they might show."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from fieldhouse.sources.sandbox.sandbox import Sandbox
from tests.support.vendors.facts import VENDOR_FACTS

SANDBOX_OF: dict[str, Callable[[], Sandbox]] = {
    way: sandbox for facts in VENDOR_FACTS.values() for way, sandbox in facts.sign_ins.items()
}
"""Each vendor by each way to sign in."""
TABLES = {name: facts.sync.small for name, facts in VENDOR_FACTS.items()}
_SECRET = ("key", "token", "password", "secret")


def secrets(settings: Mapping[str, str]) -> list[str]:
    """The secret values of an account's settings; addresses, names and ids are none."""
    return [value for name, value in settings.items() if name.endswith(_SECRET)]


def forms(secret: str) -> set[bytes]:
    """Every form in which a secret may stand somewhere, inside a longer base64 text too."""
    raw = secret.encode()
    text = {
        secret,
        secret[::-1],
        quote(raw, safe=""),
        quote(raw),
        quote_plus(raw),
        quote(raw, safe="").lower(),
        html.escape(secret),
        html.escape(secret, quote=False),
        json.dumps(secret)[1:-1],
        json.dumps(secret)[1:-1].replace("/", "\\/"),
        json.dumps(secret, ensure_ascii=False)[1:-1],
        "".join(f"\\u{ord(letter):04x}" for letter in secret),
        repr(secret)[1:-1],
        raw.hex(),
        raw.hex().upper(),
    }
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            coded = encode(b"\x00" * before + raw).decode()
            text.add(coded[4 if before else 0 : len(coded) // 4 * 4 - 4])
    return {item.encode() for item in text} | {raw}


def hits(secret: str, places: Mapping[str, bytes]) -> list[str]:
    """Where a secret stands, in any form."""
    known = forms(secret)
    return [place for place, text in places.items() if any(form in text for form in known)]


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder, its name included."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield str(path), str(path).encode() + b"\n" + path.read_bytes()


def rows(stored: Mapping[str, Iterable[Mapping[str, Any]]]) -> Iterator[tuple[str, bytes]]:
    """Every row of every table as text."""
    for table, actual in stored.items():
        for row in actual:
            yield table, json.dumps(row, default=str, ensure_ascii=False).encode() + repr(row).encode()
