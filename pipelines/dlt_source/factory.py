"""Source functions: one ``@dlt.source`` per vendor, with the vendor's settings as arguments."""

from __future__ import annotations

import inspect
from datetime import UTC, date, datetime, time
from typing import Any, Protocol

import dlt
from dlt.common.configuration.specs import BaseConfiguration, configspec
from dlt.extract import DltSource
from pydantic import SecretStr

from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.errors import FixSettings

from .settings import source_account
from .source import account_source

ERRORS = ("raise", "skip")


class SourceFunction(Protocol):
    """Makes the source of an account of one vendor."""

    def __call__(
        self,
        account: str = "",
        *,
        on_error: str = "raise",
        full: bool = False,
        sweep: bool = False,
        since: date | datetime | str | None = None,
        until: date | datetime | str | None = None,
        **settings: Any,
    ) -> DltSource:
        """The source of an account.

        Args:
            account: the name of ``[sources.<vendor>.<account>]``; empty for ``[sources.<vendor>]``.
            on_error: ``raise`` stops the load if a table fails; ``skip`` logs the error and loads the other tables.
            full: read every row and every detail again.
            sweep: search for deletes now.
            since, until: read this range of dates again; no cursor moves.
            settings: any setting of the vendor, such as ``api_key`` or ``start_date``.

        Raises:
            FixSettings: a setting is missing, unknown or wrong.
        """


@configspec
class _NothingInjected(BaseConfiguration):  # type: ignore[misc]
    """dlt injects no argument: `source_account` looks every setting up with its section."""


def vendor_source(name: str) -> SourceFunction:
    """The ``@dlt.source`` function of a vendor."""

    def source(
        account: str = "",
        *,
        on_error: str = "raise",
        full: bool = False,
        sweep: bool = False,
        since: date | datetime | str | None = None,
        until: date | datetime | str | None = None,
        **settings: Any,
    ) -> DltSource:
        if on_error not in ERRORS:
            raise FixSettings(
                f"{on_error!r} is not one of {', '.join(ERRORS)}", do="Correct it.", where="on_error"
            )
        options = Options(
            full=full,
            sweep=sweep,
            since=_moment(since, "since"),
            until=_moment(until, "until"),
            widens_ids=False,
        )
        return account_source(source_account(name, account, settings), options, on_error)

    vendor = VENDORS[name]
    source.__name__ = source.__qualname__ = name
    source.__module__ = "fieldhouse.dlt"
    source.__doc__ = (
        f"{vendor.title} as a dlt source, one resource per table.\n\n{SourceFunction.__call__.__doc__}"
    )
    source.__signature__ = _signature(source, vendor.settings.model_fields)  # type: ignore[attr-defined]
    made: SourceFunction = dlt.source(source, name=name, section=name, spec=_NothingInjected)
    return made


def _signature(source: Any, fields: Any) -> inspect.Signature:
    """The signature with the vendor's settings as keyword arguments, for editors and ``help``."""
    signature = inspect.signature(source, eval_str=True)
    parameters = [
        parameter
        for parameter in signature.parameters.values()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    for name, field in fields.items():
        kind = str if field.annotation in (SecretStr, SecretStr | None) else field.annotation
        parameters.append(
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind | None)
        )
    return signature.replace(parameters=parameters)


def _moment(value: date | datetime | str | None, where: str) -> datetime | None:
    if value is None:
        return None
    try:
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise FixSettings(
            f"{value!r} is not a date; expected a date such as 2026-01-31", do="Correct it.", where=where
        ) from None
    if not isinstance(parsed, datetime):
        parsed = datetime.combine(parsed, time())
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
