"""The one door through which settings enter: `.dlt/config.toml`, `.dlt/secrets.toml` and the environment.

Places and names are dlt's own, so that a project that uses dlt elsewhere has one configuration. The environment wins
over secrets.toml, which wins over config.toml. Everything arrives typed; secrets are ``SecretStr`` from here on.
"""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import BaseModel, SecretStr, ValidationError

from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.engine.redact import remember
from fieldhouse.sources.engine.spec.account_settings import AccountSettings
from fieldhouse.sources.engine.spec.table import Table, Vendor

from .providers import no_unknown, section_of, tree_of
from .sections import LOCAL, SECTIONS, Alerting, Metering, Warehousing, Webhooks

if TYPE_CHECKING:
    from fieldhouse.warehouse.backends.rate_budget import Budgets

DEFAULT_WAREHOUSE = "duckdb:///fieldhouse.duckdb"
_DLTS_OWN = frozenset({"data_writer"})


@dataclass(frozen=True)
class Account:
    """One account of one vendor. ``name`` is ``bossdesk`` or ``bossdesk.emea``; ``schema`` its schema's name.

    ``budgets`` opens the rate budgets that machines share through the warehouse; None where they do not.
    """

    vendor: Vendor
    name: str
    settings: AccountSettings
    budgets: Callable[[], Budgets] | None = field(default=None, compare=False)

    @property
    def schema(self) -> str:
        return self.name.replace(".", "_")

    def tables(self, globs: Iterable[str] = ()) -> tuple[Table, ...]:
        """The tables that the settings and ``globs`` choose, with the parents that they need.

        Raises:
            FixSettings: a name that is no table.
        """
        chosen = {table.name for table in self.vendor.tables}
        for wanted in (self.settings.tables, list(globs)):
            if wanted:
                chosen &= self.matching(wanted)
        for table in reversed(self.vendor.tables):
            if table.name in chosen:
                chosen |= {found.table for found in table.embedded_in} | (
                    {table.per_parent.parent} if table.per_parent else set()
                )
        return tuple(table for table in self.vendor.tables if table.name in chosen)

    def matching(self, globs: Iterable[str]) -> set[str]:
        """The names of the tables that any of the globs matches; raises FixSettings for one that matches none."""
        from fnmatch import fnmatchcase

        names = [table.name for table in self.vendor.tables]
        found: set[str] = set()
        for glob in globs:
            hits = {name for name in names if fnmatchcase(name, glob)}
            if not hits:
                close = difflib.get_close_matches(glob, names, 1)
                hint = f" Did you mean {close[0]!r}?" if close else ""
                raise FixSettings(
                    f"{self.name} has no table {glob!r}.{hint}",
                    do=f"'fieldhouse tables {self.vendor.name}' lists them.",
                )
            found |= hits
        return found


@dataclass(frozen=True)
class Settings:
    """Everything that was configured. ``warnings`` are said once at the start of a command."""

    warehouse_url: str
    publish: str | None
    lock_wait: float
    accounts: tuple[Account, ...]
    grant_read: str = ""
    warnings: tuple[str, ...] = ()
    alerts: Alerting = field(default_factory=Alerting)
    metrics: Metering = field(default_factory=Metering)
    webhooks: Webhooks = field(default_factory=Webhooks)

    def choose(self, names: Iterable[str]) -> tuple[Account, ...]:
        """The accounts that the command line names: ``bossdesk`` is all of that vendor, ``bossdesk.emea`` one.

        Raises:
            FixSettings: a name that is no vendor, or one that is not configured.
        """
        wanted = list(names)
        if not wanted:
            if not self.accounts:
                raise FixSettings(
                    "no vendor is configured", do=_how_to_configure("bossdesk"), where="sources"
                )
            return self.accounts
        chosen: list[Account] = []
        for name in wanted:
            vendor_named(name.partition(".")[0])
            hits = [a for a in self.accounts if a.name == name or ("." not in name and a.vendor.name == name)]
            if not hits:
                raise FixSettings(
                    f"{name} is not configured", do=_how_to_configure(name), where=f"sources.{name}"
                )
            chosen.extend(account for account in hits if account not in chosen)
        return tuple(chosen)


def vendor_named(name: str) -> Vendor:
    """The vendor of that name.

    Raises:
        FixSettings: there is none; says the nearest.
    """
    if name in VENDORS:
        return VENDORS[name]
    close = difflib.get_close_matches(name, VENDORS, 1)
    hint = f"Did you mean {close[0]!r}?" if close else f"Vendors: {', '.join(VENDORS)}."
    raise FixSettings(f"{name!r} is not a vendor.", do=hint)


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
    tree = tree_of(
        env,
        (Path(env.get("HOME", "~")).expanduser(), project or Path(env.get("DLT_PROJECT_DIR", "."))),
        warnings,
    )
    warehouse: Warehousing = _section("warehouse", Warehousing, tree)
    accounts = tuple(_accounts(section_of("sources", tree.get("sources", {})), list(only), warnings))
    url = warehouse_url or warehouse.url
    _remember_password(url)
    if warehouse.share_limits:
        accounts = tuple(replace(account, budgets=_shared(url)) for account in accounts)
    return Settings(
        url,
        warehouse.publish,
        warehouse.lock_wait,
        accounts,
        warehouse.grant_read,
        tuple(warnings),
        **{name: _section(name, model, tree) for name, model in SECTIONS.items()},
    )


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


def _section(name: str, model: type[BaseModel], tree: Mapping[str, Any]) -> Any:
    given = section_of(name, tree.get(name, {}))
    no_unknown(name, given, model.model_fields)
    try:
        section = model(**given)
    except ValidationError as error:
        raise _first_problem(model, name, error) from None
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


def _accounts(sources: Mapping[str, Any], only: list[str], warnings: list[str]) -> Iterable[Account]:
    no_unknown("sources", {n: v for n, v in sources.items() if n not in _DLTS_OWN}, VENDORS)
    for name in (each for each in VENDORS if each in sources):
        vendor, section = VENDORS[name], section_of(f"sources.{name}", sources[name])
        settings = vendor.settings.model_fields
        named = {
            key: value for key, value in section.items() if isinstance(value, Mapping) and key not in settings
        }
        own = {key: value for key, value in section.items() if key not in named}
        for account, values in ((name, own), *((f"{name}.{key}", value) for key, value in named.items())):
            if values and (not only or account in only or name in only):
                yield Account(vendor, account, _typed(vendor, account, values, warnings))


def _typed(vendor: Vendor, account: str, values: Mapping[str, Any], warnings: list[str]) -> AccountSettings:
    fields = vendor.settings.model_fields
    no_unknown(f"sources.{account}", values, fields)
    plain = {key: _plain(value) for key, value in values.items()}
    _no_unusable_text(vendor, f"sources.{account}", plain)
    try:
        settings: AccountSettings = vendor.settings(**plain)
    except ValidationError as error:
        raise _first_problem(vendor.settings, f"sources.{account}", error) from None
    remember(settings.secrets())
    _check_address(settings, account, warnings)
    _check_policies(settings, Account(vendor, account, settings))
    return settings


def _no_unusable_text(vendor: Vendor, section: str, values: Mapping[str, Any]) -> None:
    """An empty credential is one that was not there where it was copied from; a line break is none in any."""
    for name, value in values.items():
        if not isinstance(value, str):
            continue
        wrong = "is empty." if not value.strip() and vendor.settings.model_fields[name].is_required() else ""
        if any(ord(sign) < 32 or ord(sign) == 127 for sign in value.strip()):
            wrong = "holds a line break or another control character."
        if wrong:
            raise FixSettings(wrong, do=_example(vendor.settings, section, name), where=f"{section}.{name}")


def _check_policies(settings: AccountSettings, account: Account) -> None:
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


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (datetime, date, time)) else value


def _check_address(settings: AccountSettings, account: str, warnings: list[str]) -> None:
    """Credentials go to every address of the section: none may be plain http to another machine unasked."""
    for name in (each for each in type(settings).model_fields if each.endswith("_url")):
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


def _first_problem(model: type[BaseModel], section: str, error: ValidationError) -> FixSettings:
    """The first thing that is wrong, without the value: it may be a secret."""
    problem = error.errors(include_input=False, include_url=False, include_context=False)[0]
    name = str(problem["loc"][0]) if problem["loc"] else ""
    where = f"{section}.{name}".rstrip(".")
    if problem["type"] == "missing":
        return FixSettings("is missing.", do=_example(model, section, name), where=where)
    text = problem["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    if problem["type"].startswith("bool"):
        text = "expected true or false"
    concerned = name or next((each for each in model.model_fields if re.search(rf"\b{each}\b", text)), "")
    return FixSettings(f"{text}.", do=_example(model, section, concerned), where=where)


def _example(model: type[BaseModel], section: str, name: str) -> str:
    known = model.model_fields.get(name)
    if known is None:
        return ""
    example = known.examples[0] if known.examples else known.default
    variable = f"{section.upper().replace('.', '__')}__{name.upper()}"
    what = known.description or "a setting"
    written = json.dumps(example, ensure_ascii=False)
    given = (
        ",".join(example)
        if isinstance(example, list)
        else str(example).lower()
        if example is True
        else example
    )
    return f"{name} is {what}. For example {variable}={given}, or {name} = {written} under [{section}]."


def _how_to_configure(name: str) -> str:
    vendor = vendor_named(name.partition(".")[0])
    needed = [key for key, info in vendor.settings.model_fields.items() if info.is_required()]
    try:
        vendor.settings(**{key: vendor.settings.model_fields[key].examples[0] for key in needed})
    except ValidationError as error:
        needed.append(str(error.errors(include_url=False)[0]["msg"]).rpartition("needs ")[2])
    return (
        f"Put its credentials into .dlt/secrets.toml under [sources.{name}] "
        f"(needed: {', '.join(needed)}; .dlt/example.secrets.toml shows all), or try 'fieldhouse demo' first."
    )
