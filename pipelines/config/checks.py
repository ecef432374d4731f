"""Checks of an account's settings that go beyond types: text, addresses, globs of tables and columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from fieldhouse.sources import VENDORS
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
        is_needed = name == "hash_key" or vendor.settings.model_fields[name].is_required()
        wrong = "is empty." if not value.strip() and is_needed else ""
        if name.endswith(("key", "token", "_id")) and name != "refresh_token" and not value.isascii():
            wrong = "holds a character that no request header can have."
        if wrong:
            raise FixSettings(wrong, do=example(vendor.settings, section, name), where=f"{section}.{name}")


def check_policies(settings: AccountSettings, account: Account) -> None:
    globs = {
        "tables": settings.tables,
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


def check_schemas(sources: Mapping[str, Any]) -> None:
    """Refuse two accounts that would share a schema; DuckDB takes names without regard to case.

    Args:
        sources: the section with all accounts, those that the command is not about included.
    """
    names: dict[str, str] = {}
    for vendor, section in sources.items():
        if vendor not in VENDORS or not isinstance(section, Mapping):
            continue
        fields = VENDORS[vendor].settings.model_fields
        accounts = [key for key, value in section.items() if isinstance(value, Mapping) and key not in fields]
        for name in (f"{vendor}.{account}" for account in accounts):
            schema = name.replace(".", "_").casefold()
            other = names.setdefault(schema, name)
            if other != name:
                raise FixSettings(
                    f"the accounts [sources.{other}] and [sources.{name}] would share the schema {schema}.",
                    do="Rename one of the sections; names that come from variables are lower case.",
                    where=f"sources.{name}",
                )


def published_keys(accounts: Sequence[Account]) -> list[str]:
    """A warning if the published copy has the random key of hashed columns: its readers could test guesses."""
    names = [
        account.name
        for account in accounts
        if account.settings.hash_key is None
        and (account.settings.hash_columns or account.settings.personal_data == "hash")
    ]
    if not names:
        return []
    shown = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    return [
        f"warehouse.publish: the copy contains the random key of the hashed columns of {shown}, so its readers can"
        " test guesses: set hash_key"
    ]
