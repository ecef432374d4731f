"""Secrets from the vault providers that dlt is configured for (AWS, Google, Airflow)."""

from __future__ import annotations

from fieldhouse.sources.engine.errors import FixSettings


def vault_secret(key: str) -> str | None:
    """The value of ``sources.<vendor>.<name>`` in dlt's providers; None if none has it.

    Raises:
        FixSettings: a vault could not be asked.
    """
    import dlt

    try:
        value = dlt.secrets.get(key)
    except Exception as error:  # noqa: BLE001 - each vault has errors of its own
        raise FixSettings(
            f"the vault that dlt is configured for could not be read ({type(error).__name__}).",
            do="Check the section [providers] and the vault's own credentials.",
            where=key,
        ) from None
    return None if value is None else str(value)
