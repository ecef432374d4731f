"""Account lists: one section of settings for many accounts of a vendor (``accounts`` in the vendor's section).

The section is then a template. The list comes from the setting itself, or from a CSV or TOML file with settings of
their own. ``{account}`` in a text of the template is the account's name. A section of an account's own
(``[sources.bossdesk.emea]``) wins over the file, which wins over the template; dlt's vaults are asked for what none of
them has.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.errors import FixSettings

from .providers import account_sections, check_modes, no_unknown, section_of, trimmed

SETTING, COLUMN, PLACEHOLDER = "accounts", "account", "{account}"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*", re.IGNORECASE)
_EXAMPLE = (
    'For example accounts = ["north", "south"], accounts = "accounts.csv" or accounts = "accounts.toml".'
)
_WAYS = ("", "_file", "_command")


class Listed(dict[str, Any]):
    """The settings of a listed account. It is an account even if all its settings come from a vault."""

    def __bool__(self) -> bool:
        return True


def expanded(sources: Mapping[str, Any], folder: Path, warnings: list[str]) -> dict[str, Any]:
    """The section ``[sources]`` with a section for every account of a list.

    Args:
        folder: where relative paths begin: the project's.
        warnings: gets what should be said of the files.

    Raises:
        FixSettings: a list that cannot be read, is empty, names an account twice or has unknown settings.
    """
    return {
        name: _accounts(name, section, folder, warnings)
        if name in VENDORS and isinstance(section, Mapping) and SETTING in section
        else section
        for name, section in sources.items()
    }


def _accounts(vendor: str, section: Mapping[str, Any], folder: Path, warnings: list[str]) -> dict[str, Any]:
    fields = VENDORS[vendor].settings.model_fields
    template, named = account_sections(section, fields)
    given = template.pop(SETTING)
    known = [f"{name}{way}" for name in fields for way in _WAYS]
    no_unknown(f"sources.{vendor}", template, known)
    where = f"sources.{vendor}.{SETTING}"
    listed = _listed(vendor, given, folder, known, warnings)
    if not listed:
        raise FixSettings("lists no account.", do=_EXAMPLE, where=where)
    for account in listed:
        if account in fields or not _NAME.fullmatch(account):
            raise FixSettings(
                f"{account!r} cannot be the name of an account.",
                do="Expected letters, digits, _ and -, and no name of a setting.",
                where=where,
            )
    own = {account: section_of(f"sources.{vendor}.{account}", value) for account, value in named.items()}
    return {
        account: _combined(account, template, listed.get(account, {}), own.get(account, {}))
        for account in (*listed, *(account for account in own if account not in listed))
    }


def _combined(
    account: str, template: Mapping[str, Any], listed: Mapping[str, Any], own: Mapping[str, Any]
) -> dict[str, Any]:
    """Three layers of settings; a secret that comes one way replaces the same secret another way."""
    values = Listed()
    for layer in (_filled(template, account), listed, own):
        for name in layer:
            base = re.sub(r"_(file|command)$", "", name)
            for way in _WAYS:
                values.pop(f"{base}{way}", None)
        values.update(layer)
    return values


def _filled(value: Any, account: str) -> Any:
    if isinstance(value, str):
        return value.replace(PLACEHOLDER, account)
    if isinstance(value, Mapping):
        return {name: _filled(inner, account) for name, inner in value.items()}
    return [_filled(inner, account) for inner in value] if isinstance(value, list) else value


def _listed(
    vendor: str, given: Any, folder: Path, known: Collection[str], warnings: list[str]
) -> dict[str, Mapping[str, Any]]:
    """The accounts with the settings that the list has for them."""
    where = f"sources.{vendor}.{SETTING}"
    if isinstance(given, list) and all(isinstance(name, str) for name in given):
        return _once(where, ((name, f"entry {number}", {}) for number, name in enumerate(given, 1)))
    if not isinstance(given, str):
        raise FixSettings("expected a list of names, or the path of a file.", do=_EXAMPLE, where=where)
    if not given.lower().endswith((".csv", ".toml")):
        names = [name.strip() for name in given.split(",") if name.strip()]
        return _once(where, ((name, f"entry {number}", {}) for number, name in enumerate(names, 1)))
    path = folder / Path(given).expanduser()
    text = _read(where, path)
    read = _csv if path.suffix.lower() == ".csv" else _toml
    listed = _once(where, read(where, path, text))
    for account, values in listed.items():
        no_unknown(f"{path.name}: {account}", values, known)
    check_modes(path, listed, [vendor], warnings)
    return {account: trimmed(f"{path.name}: {account}", values) for account, values in listed.items()}


def _once(where: str, entries: Iterable[tuple[str, str, Mapping[str, Any]]]) -> dict[str, Mapping[str, Any]]:
    places: dict[str, str] = {}
    listed: dict[str, Mapping[str, Any]] = {}
    for account, place, values in entries:
        if other := places.get(account.casefold()):
            raise FixSettings(
                f"names the account {account!r} twice, in {other} and in {place}.",
                do="Remove one of them, or rename it.",
                where=where,
            )
        places[account.casefold()], listed[account] = place, values
    return listed


def _read(where: str, path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise FixSettings(f"{path} is no UTF-8 text.", do="Save it as UTF-8.", where=where) from None
    except OSError as error:
        raise FixSettings(
            f"{path} cannot be read: {error.strerror}.",
            do="Expected a CSV or TOML file of accounts; a relative path begins at the folder that holds .dlt.",
            where=where,
        ) from None


def _csv(where: str, path: Path, text: str) -> list[tuple[str, str, Mapping[str, Any]]]:
    """A line an account; an empty cell is a setting that is not given."""
    rows = csv.DictReader(text.splitlines(), skipinitialspace=True)
    columns = [name.strip() for name in rows.fieldnames or []]
    if COLUMN not in columns or len(set(columns)) < len(columns):
        raise FixSettings(
            f"{path.name} has no column {COLUMN!r}, or a column twice.",
            do=f"Expected a first line such as {COLUMN},api_key.",
            where=where,
        )
    rows.fieldnames = columns
    entries: list[tuple[str, str, Mapping[str, Any]]] = []
    for row in rows:
        place = f"line {rows.line_num}"
        if None in row or None in row.values() or not (row[COLUMN] or "").strip():
            raise FixSettings(
                f"{path.name}, {place}: expected {len(columns)} values, the account among them.",
                do="Quote values that hold a comma.",
                where=where,
            )
        values = {name: cell for name, cell in row.items() if name != COLUMN and cell.strip()}
        entries.append((row[COLUMN].strip(), place, values))
    return entries


def _toml(where: str, path: Path, text: str) -> list[tuple[str, str, Mapping[str, Any]]]:
    """A section an account."""
    try:
        sections = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FixSettings(f"{path} is no valid TOML: {error}", do="Correct the file.", where=where) from None
    return [
        (name, f"[{name}]", section_of(f"{path.name}: {name}", value)) for name, value in sections.items()
    ]
