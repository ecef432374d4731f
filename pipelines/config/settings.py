"""The one door through which settings enter: `.dlt/config.toml`, `.dlt/secrets.toml` and the environment.

Places and names are dlt's own, so that a project that uses dlt elsewhere has one configuration. The environment wins
over secrets.toml, which wins over config.toml. Everything arrives typed; secrets are ``SecretStr`` from here on.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import BaseModel, SecretStr, ValidationError

from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.engine.redact import remember
from fieldhouse.sources.engine.spec.account_settings import AccountSettings
from fieldhouse.sources.engine.spec.business_time import BusinessTime
from fieldhouse.sources.engine.spec.vendor import Vendor

from .account import Account, vendor_named
from .account_list import expanded
from .checks import check_address, check_policies, check_schemas, check_text, published_keys
from .messages import first_problem, how_to_configure, how_to_start
from .providers import account_sections, no_unknown, section_of, tree_of, trimmed
from .row_filters import check_row_filters
from .secret_sources import resolve_secrets, uses_vaults
from .sections import (
    SECTIONS,
    Alerting,
    DashboardSection,
    LogFiles,
    Metering,
    SecretCommands,
    Syncing,
    Warehousing,
    Webhooks,
)

if TYPE_CHECKING:
    from fieldhouse.warehouse.backends.rate_budget import Budgets

_DLTS_OWN = frozenset({"data_writer"})


@dataclass(frozen=True)
class Settings:
    """Everything that was configured. ``warnings`` are printed once at the start of a command."""

    warehouse_url: str
    publish: str | None
    lock_wait: float
    accounts: tuple[Account, ...]
    grant_read: str = ""
    warnings: tuple[str, ...] = ()
    alerts: Alerting = field(default_factory=Alerting)
    dashboard: DashboardSection = field(default_factory=DashboardSection)
    logs: LogFiles = field(default_factory=LogFiles)
    marts: BusinessTime = field(default_factory=BusinessTime)
    metrics: Metering = field(default_factory=Metering)
    webhooks: Webhooks = field(default_factory=Webhooks)
    sync: Syncing = field(default_factory=Syncing)
    secrets: SecretCommands = field(default_factory=SecretCommands)

    def choose(self, names: Iterable[str]) -> tuple[Account, ...]:
        """The accounts that the command line names: ``bossdesk`` is all of that vendor, ``bossdesk.emea`` one.

        Raises:
            FixSettings: a name that is no vendor, or one that is not configured.
        """
        chosen_names = list(names)
        if not chosen_names:
            if not self.accounts:
                raise FixSettings("no vendor is configured", do=how_to_start(), where="sources")
            return self.accounts
        chosen: list[Account] = []
        for name in chosen_names:
            vendor_named(name.partition(".")[0])
            matching = [
                a for a in self.accounts if a.name == name or ("." not in name and a.vendor.name == name)
            ]
            if not matching:
                raise FixSettings(
                    f"{name} is not configured", do=how_to_configure(name), where=f"sources.{name}"
                )
            chosen.extend(account for account in matching if account not in chosen)
        return tuple(chosen)


def load(
    environment: Mapping[str, str] | None = None,
    project: Path | None = None,
    only: Iterable[str] = (),
    warehouse_url: str | None = None,
) -> Settings:
    """Read and check all settings.

    Args:
        environment: instead of the process's own.
        project: the folder that holds ``.dlt``; ``DLT_PROJECT_DIR`` or the working directory by default.
        only: accounts or vendors that the command is about; others are not required to be right.
        warehouse_url: from the command line; wins over all.

    Raises:
        FixSettings: a setting that is unknown or wrong, with its name, what was expected, and an example.
    """
    env = os.environ if environment is None else environment
    warnings: list[str] = []
    folder = project or Path(env.get("DLT_PROJECT_DIR", "."))
    tree = tree_of(
        env,
        (Path(env.get("HOME", "~")).expanduser(), folder),
        warnings,
    )
    commands = _section("secrets", SecretCommands, tree).allow_commands
    resolve = partial(resolve_secrets, commands=commands, vaults=uses_vaults(tree), warnings=warnings)
    warehouse: Warehousing = _section("warehouse", Warehousing, tree, resolve)
    sources = expanded(section_of("sources", tree.get("sources", {})), folder, warnings)
    check_schemas(sources)
    accounts = tuple(_accounts(sources, list(only), warnings, resolve))
    if warehouse.publish:
        warnings += published_keys(accounts)
    url = warehouse.url if warehouse_url is None else _from_command_line(warehouse_url)
    _remember_password(url)
    if warehouse.share_limits:
        accounts = tuple(replace(account, budgets=_shared(url)) for account in accounts)
    return Settings(
        url,
        warehouse.publish,
        warehouse.lock_wait,
        accounts,
        warehouse.grant_read,
        tuple(dict.fromkeys(warnings)),
        **{name: _section(name, model, tree, resolve) for name, model in SECTIONS.items()},
    )


def _from_command_line(url: str) -> str:
    text: str = trimmed("--warehouse", url)
    if not text:
        raise FixSettings(
            "is empty.", do="Expected an address such as duckdb:///fieldhouse.duckdb.", where="--warehouse"
        )
    return text


def _shared(url: str) -> Callable[[], Budgets]:
    """The rate budgets in the warehouse, for all machines that use it."""
    from fieldhouse.warehouse.connect import backend_of

    if not backend_of(url).shares_budgets:
        raise FixSettings(
            "DuckDB's file is used from one machine, whose processes share their limits without this setting.",
            do="Expected a warehouse in Postgres, or share_limits = false.",
            where="warehouse.share_limits",
        )

    def opened() -> Budgets:
        from fieldhouse.warehouse.connect import open_warehouse

        return open_warehouse(url).budgets()

    return opened


Resolve = Callable[[str, type[BaseModel], Mapping[str, Any]], dict[str, Any]]


def _as_given(section: str, model: type[BaseModel], given: Mapping[str, Any]) -> dict[str, Any]:
    return dict(given)


def _section(name: str, model: type[BaseModel], tree: Mapping[str, Any], resolve: Resolve = _as_given) -> Any:
    given = resolve(name, model, section_of(name, tree.get(name, {})))
    if not given:
        return model.model_construct()  # its defaults, without building its validator
    no_unknown(name, given, model.model_fields)
    try:
        section = model(**given)
    except ValidationError as error:
        raise first_problem(model, name, error) from None
    remember(value.get_secret_value() for _, value in section if isinstance(value, SecretStr))
    return section


def _remember_password(url: str) -> None:
    """The warehouse's password, before the host or as a parameter, as it is written and as it is meant."""
    try:
        parts = urlsplit(url)
        given = [parts.password, *(value for name, value in parse_qsl(parts.query) if "password" in name)]
    except ValueError:
        return
    for password in filter(None, given):
        remember([password, unquote(password)])


def _accounts(
    sources: Mapping[str, Any], only: list[str], warnings: list[str], resolve: Resolve
) -> Iterable[Account]:
    no_unknown(
        "sources", {name: value for name, value in sources.items() if not _is_dlts(name, value)}, VENDORS
    )
    for name in _configured(sources):
        vendor, section = VENDORS[name], section_of(f"sources.{name}", sources[name])
        own, named = account_sections(section, vendor.settings.model_fields)
        for account, values in ((name, own), *((f"{name}.{key}", value) for key, value in named.items())):
            if values and (not only or account in only or name in only):
                yield Account(vendor, account, _typed(vendor, account, values, warnings, resolve))


def _configured(sources: Mapping[str, Any]) -> Iterator[str]:
    """The vendors that have a section, in the order of ``VENDORS``; nothing after the last of them is looked up."""
    left = {name for name in sources if name in VENDORS}
    vendors = iter(VENDORS)
    while left:
        name = next(vendors)
        if name in left:
            left.discard(name)
            yield name


def _is_dlts(name: str, value: Any) -> bool:
    """True if a part of ``[sources]`` is another source of a dlt project, or a setting of dlt's own."""
    if name in _DLTS_OWN:
        return True
    if name in VENDORS:
        return False
    is_near = bool(difflib.get_close_matches(name, VENDORS, 1, cutoff=0.7)) or any(
        name.startswith(vendor) for vendor in VENDORS
    )
    return isinstance(value, Mapping) and not is_near


def _typed(
    vendor: Vendor, account: str, values: Mapping[str, Any], warnings: list[str], resolve: Resolve
) -> AccountSettings:
    fields = vendor.settings.model_fields
    values = resolve(f"sources.{account}", vendor.settings, values)
    no_unknown(f"sources.{account}", values, fields)
    plain = {key: _plain(value) for key, value in values.items()}
    check_text(vendor, f"sources.{account}", plain)
    try:
        settings: AccountSettings = vendor.settings(**plain)
    except ValidationError as error:
        raise first_problem(vendor.settings, f"sources.{account}", error) from None
    remember(settings.secrets())
    check_address(settings, account, warnings)
    check_policies(settings, Account(vendor, account, settings))
    check_row_filters(Account(vendor, account, settings))
    return settings


def configured_account(vendor: Vendor, name: str, values: Mapping[str, Any], warnings: list[str]) -> Account:
    """The account ``name`` (``bossdesk`` or ``bossdesk.emea``) with these settings.

    Raises:
        FixSettings: a setting is missing, unknown or wrong.
    """
    return Account(vendor, name, _typed(vendor, name, values, warnings, _as_given))


def _plain(value: Any) -> Any:
    """TOML's dates and times as text, like those of the environment."""
    return value.isoformat() if isinstance(value, (datetime, date, time)) else value
