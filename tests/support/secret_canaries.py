"""Secrets that must be seen nowhere: one in each credential field of each vendor, and where they might show."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.sources.sandbox.sandbox import Sandbox
from fieldhouse.sources.sandbox.servicebridge.api import ServiceBridgeSandbox
from fieldhouse.sources.sandbox.servicesidekick.api import ServiceSidekickSandbox
from fieldhouse.sources.sandbox.shiftboard.api import ShiftboardSandbox


def canary(field: str) -> str:
    """A value that no encoding leaves as it is."""
    return f"c4nary/{field}+=&%<'x'>~"


def wild(field: str) -> str:
    """One that a JSON body escapes as well."""
    return f'c4nary "{field}"\\ä&?/'


def _bossdesk() -> Sandbox:
    box = BossDeskSandbox(size=0.05)
    box.api_key = canary("api_key")
    return box


class SignsIn(BossDeskSandbox):
    """BOSSDesk, entered by name and password."""

    def __init__(self) -> None:
        super().__init__(size=0.05)
        self.api_key, self.username, self.password = canary("fetched"), "canary-user", wild("password")

    def settings(self, base_url: str) -> dict[str, str]:
        given = super().settings(base_url)
        return {"base_url": given["base_url"], "username": self.username, "password": self.password}


def _servicebridge(auth: str) -> Sandbox:
    box = ServiceBridgeSandbox(size=0.05)
    box.auth = auth
    box.password = wild("password")
    box.app_secret, box.refresh_token = wild("app_secret"), wild("refresh_token")
    return box


def _servicesidekick() -> Sandbox:
    box = ServiceSidekickSandbox(size=0.05)
    box.token = canary("token")
    return box


def _notific() -> Sandbox:
    box = NotificSandbox(size=0.05)
    box.api_key = canary("api_key")
    return box


SANDBOX_OF: dict[str, Callable[[], Sandbox]] = {
    "bossdesk": _bossdesk,
    "bossdesk by password": SignsIn,
    "servicebridge": lambda: _servicebridge("session"),
    "servicebridge oauth": lambda: _servicebridge("oauth"),
    "servicebridge basic": lambda: _servicebridge("basic"),
    "servicesidekick": _servicesidekick,
    "notific": _notific,
    "shiftboard": lambda: ShiftboardSandbox(size=0.05),
}
"""Each vendor by each way into it. Shiftboard's sandbox has one key of its own."""
TABLES = {
    "bossdesk": ("groups", "tags"),
    "servicebridge": ("units", "leads"),
    "servicesidekick": ("employees", "tasks"),
    "notific": ("services", "operators"),
    "shiftboard": ("roles", "clients"),
}
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
    return {each.encode() for each in text} | {raw}


def hits(secret: str, places: Mapping[str, bytes]) -> list[str]:
    """Where a secret stands, in any form."""
    known = forms(secret)
    return [place for place, text in places.items() if any(form in text for form in known)]


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder, its name included."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield str(path), str(path).encode() + b"\n" + path.read_bytes()


def rows(held: Mapping[str, Iterable[Mapping[str, Any]]]) -> Iterator[tuple[str, bytes]]:
    """Every row of every table as text."""
    for table, found in held.items():
        for row in found:
            yield table, json.dumps(row, default=str, ensure_ascii=False).encode() + repr(row).encode()
