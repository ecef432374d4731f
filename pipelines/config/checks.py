"""Checks of an account's settings that go beyond types: text, addresses, globs of tables and columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.engine.spec.account_settings import AccountSettings
from fieldhouse.sources.engine.spec.vendor import Vendor

from .account import Account
from .messages import example
from .sections import LOCAL


def check_text(vendor: Vendor, section: str, values: Mapping[str, Any]) -> None:
    """An empty credential is one that was not there where it was copied from; a line break is none in any."""
    for name, value in values.items():
        if not isinstance(value, str):
            continue
        wrong = "is empty." if not value.strip() and vendor.settings.model_fields[name].is_required() else ""
        if any(ord(sign) < 32 or ord(sign) == 127 for sign in value.strip()):
            wrong = "holds a line break or another control character."
        if wrong:
            raise FixSettings(wrong, do=example(vendor.settings, section, name), where=f"{section}.{name}")


def check_policies(settings: AccountSettings, account: Account) -> None:
    globs = {
        "schema_drift": [glob for glob in settings.schema_drift if glob != "*"],
        "history": settings.history,
    }
    for name, named in globs.items():
        try:
            account.matching(named)
        except FixSettings as error:
            raise error.at(f"sources.{account.name}.{name}") from None
    for name in ("exclude_columns", "hash_columns"):
        for glob in getattr(settings, name):
            _check_columns(glob, account, name)


def _check_columns(glob: str, account: Account, name: str) -> None:
    """A rule that can match nothing protects nothing: what was to be hidden would be stored."""
    where = f"sources.{account.name}.{name}"
    table, dot, _ = glob.partition(".")
    if dot:
        try:
            account.matching([table.partition("__")[0] or table])
        except FixSettings as error:
            raise error.at(where) from None
    elif not set("*?[") & set(glob):
        raise FixSettings(
            f"{glob!r} names no column of a table.",
            do=f"Expected table.column, for example tickets.{glob}, or *.{glob} for all tables.",
            where=where,
        )


def check_address(settings: AccountSettings, account: str, warnings: list[str]) -> None:
    """Credentials go to every address of the section: none may be plain http to another machine unasked."""
    for name in (field for field in type(settings).model_fields if field.endswith("_url")):
        parts = urlsplit(getattr(settings, name) or "")
        if parts.scheme != "http" or (parts.hostname or "") in LOCAL:
            continue
        if not settings.allow_http:
            raise FixSettings(
                f"plain http to {parts.hostname} would send the credentials in clear text.",
                do=f"Use https, or set sources.{account}.allow_http = true.",
                where=f"sources.{account}.{name}",
            )
        warnings.append(
            f"sources.{account}.{name}: plain http to {parts.hostname}: everybody on the way can read the key"
        )
