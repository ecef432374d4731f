"""Shell completion of names: vendors, configured accounts, and tables."""

from __future__ import annotations

from collections.abc import Iterator


def complete_vendor(incomplete: str) -> list[str]:
    """Vendors, and the accounts of the settings, that begin like this."""
    from fieldhouse.sources import VENDORS

    return [name for name in (*VENDORS, *_accounts()) if name.startswith(incomplete)]


def complete_table(incomplete: str) -> list[str]:
    """Tables that begin like this, with or without their vendor."""
    from fieldhouse.sources import VENDORS

    names = {table.name for vendor in VENDORS.values() for table in vendor.tables}
    qualified = (f"{vendor.name}.{table.name}" for vendor in VENDORS.values() for table in vendor.tables)
    return sorted(name for name in (*names, *qualified) if name.startswith(incomplete))


def _accounts() -> Iterator[str]:
    """Named accounts; none if the settings cannot be read: completion reports no error."""
    from fieldhouse.pipelines.config.settings import load
    from fieldhouse.sources.engine.errors import FixSettings

    try:
        yield from (account.name for account in load().accounts if "." in account.name)
    except (FixSettings, OSError):
        return
