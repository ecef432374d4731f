"""Settings of a source: what dlt's configuration providers have under ``[sources.<vendor>]``, and the arguments."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlt.common import logger
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from pydantic import BaseModel

from fieldhouse.pipelines.config.account import Account
from fieldhouse.pipelines.config.settings import configured_account
from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.errors import FixSettings

DLT_NAMES = frozenset({"data_writer", "max_table_nesting", "root_key", "schema_contract"})
"""Names that dlt itself reads in the section of a source."""


def source_account(vendor: str, name: str, given: Mapping[str, Any]) -> Account:
    """The account of a source: settings from dlt's providers, replaced by arguments.

    Only names with their section are looked up (``SOURCES__BOSSDESK__API_KEY``). dlt's own injection would also
    accept a bare ``API_KEY``, which may belong to another program.

    Args:
        name: the account's name below the vendor, for ``[sources.<vendor>.<name>]``; empty for the vendor's own.
        given: arguments of the source; None means "not given".

    Raises:
        FixSettings: a setting is missing, unknown or wrong.
    """
    sections = ("sources", vendor, *([name] if name else []))
    model = VENDORS[vendor].settings
    values = _configured(sections, model)
    values |= {key: value for key, value in given.items() if value is not None}
    warnings: list[str] = []
    account = configured_account(VENDORS[vendor], ".".join(sections[1:]), values, warnings)
    if account.settings.personal_data == "hash" or account.settings.hash_columns:
        _require_hash_key(account)
    if account.settings.deletes == "hard":
        raise FixSettings(
            "'hard' is not available in a dlt pipeline; expected soft or ignore",
            do=f"Pass deletes='soft' to {vendor}(), and delete marked rows at the destination.",
            where=f"sources.{account.name}.deletes",
        )
    if account.settings.where:
        raise FixSettings(
            "is not available in a dlt pipeline: rows that no longer meet a filter could not be removed",
            do=f"Filter with dlt's own means, such as {vendor}().<table>.add_filter(...).",
            where=f"sources.{account.name}.where",
        )
    for warning in warnings:
        logger.warning(warning)
    return account


def _configured(sections: tuple[str, ...], model: type[BaseModel]) -> dict[str, Any]:
    values = {
        key: value
        for key, value in _section(sections).items()
        if key in model.model_fields or (not isinstance(value, Mapping) and key not in DLT_NAMES)
    }
    for key in model.model_fields:
        if (value := _value(key, sections)) is not None:
            values[key] = value
        elif (path := _value(f"{key}_file", sections)) is not None:
            values[key] = _content(Path(str(path)), ".".join((*sections, f"{key}_file")))
        values.pop(f"{key}_file", None)
    return values


def _providers() -> list[Any]:
    return list(Container()[PluggableRunContext].providers.providers)


def _value(key: str, sections: tuple[str, ...]) -> Any:
    """The value of the first provider that has it: the environment, files of ``.dlt``, vaults."""
    for provider in _providers():
        value, _ = provider.get_value(key, str, None, *sections)
        if value is not None:
            return value
    return None


def _section(sections: tuple[str, ...]) -> dict[str, Any]:
    """What the files have in the section, to recognize names that are no settings."""
    *above, name = sections
    merged: dict[str, Any] = {}
    for provider in reversed(_providers()):
        value, _ = provider.get_value(name, dict, None, *above)
        if isinstance(value, Mapping):
            merged |= value
    return merged


def _content(path: Path, where: str) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise FixSettings(
            f"{path} cannot be read", do="Correct the path or the rights of the file.", where=where
        ) from None


def _require_hash_key(account: Account) -> None:
    if account.settings.hash_key is None:
        raise FixSettings(
            "is missing; hashed columns of a dlt pipeline need a key of their own",
            do="Set it to a long random text that stays the same.",
            where=f"sources.{account.name}.hash_key",
        )
