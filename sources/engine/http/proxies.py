"""Proxies: which one the environment names for an address, in every form that curl and urllib accept.

``HTTPS_PROXY``, ``HTTP_PROXY`` and ``ALL_PROXY`` name it, ``NO_PROXY`` the exceptions; lower-case names win.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, getproxies_environment, proxy_bypass

from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.engine.redact import remember

_PORTS = {"http": 80, "https": 443}
_EXAMPLE = "http://proxy.example.com:3128"


@dataclass(frozen=True)
class Proxy:
    """One proxy: ``variable`` names it in the environment, ``url`` is its whole address, ``host`` is for messages."""

    variable: str
    url: str
    host: str


def proxy_for(url: str) -> Proxy | None:
    """The proxy for requests to ``url``; None if they go there directly.

    Raises:
        FixSettings: the environment names one in a form that is not supported.
    """
    parts = urlsplit(url)
    proxies = getproxies()
    name = next((name for name in (parts.scheme, "all") if proxies.get(name, "").strip()), "")
    if not name or _is_exempt(parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0), proxies):
        return None
    return _parsed(f"{name.upper()}_PROXY", proxies[name].strip())


def _parsed(variable: str, value: str) -> Proxy:
    """A proxy from the environment. Without a scheme ``http://`` is meant, as for curl and urllib."""
    address = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(address)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise _no_address(variable) from None
    remember(unquote(secret) for secret in (parts.password, parts.username) if secret)
    if parts.scheme not in _PORTS:
        raise FixSettings(
            f"{variable}: a proxy of the kind {parts.scheme or 'unknown'!r} is not supported; expected http:// or https://",
            do=f"Set it to an address such as {_EXAMPLE}, or name the vendor's host in NO_PROXY.",
        )
    if not host or not address.isascii() or not address.isprintable() or " " in address:
        raise _no_address(variable)
    shown = f"[{host}]" if ":" in host else host
    return Proxy(variable, address, f"{shown}:{port or _PORTS[parts.scheme]}")


def _no_address(variable: str) -> FixSettings:
    return FixSettings(
        f"{variable}: it is no address of a proxy; expected one such as {_EXAMPLE}",
        do="Correct the variable, or remove it.",
    )


def _is_exempt(host: str, port: int, proxies: Mapping[str, str]) -> bool:
    """True if requests to a host go past the proxy, by ``NO_PROXY`` or by the system's own settings."""
    exceptions = proxies.get("no") or getproxies_environment().get("no") or ""
    entries = [entry.strip().lower() for entry in exceptions.replace(" ", ",").split(",")]
    if any(_matches(entry, host.lower().rstrip("."), port) for entry in entries if entry):
        return True
    return bool(not exceptions and proxy_bypass(host))


def _matches(entry: str, host: str, port: int) -> bool:
    """True if an entry of ``NO_PROXY`` means a host: ``*``, a name with its subdomains, an address, or a network."""
    if entry == "*":
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        pass
    name, colon, only_port = entry.rpartition(":")
    if colon and only_port.isdigit() and (name.startswith("[") or ":" not in name):
        return int(only_port) == port and _matches(name.strip("[]"), host, port)
    suffix = entry.removeprefix("*").lstrip(".")
    return bool(suffix) and (host == suffix or host.endswith(f".{suffix}"))
