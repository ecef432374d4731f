"""Which tables of an account keep every version of their rows, and what happens when that changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fieldhouse.pipelines.config.account import Account
from fieldhouse.warehouse.session import Session

HISTORY = "_history"
"""The name under which ``_state`` keeps whose histories go on: no table of a vendor is named so."""


def follow(
    session: Session, schema: str, account: Account, run_id: str, states: Mapping[str, Mapping[str, Any]]
) -> None:
    """Begin the histories of tables that are newly named, from what they hold; others simply end.

    A history that was off for a while goes on from now: what changed meanwhile is one new version.
    """
    tables = sorted(account.matching(account.settings.history))
    before = states.get(HISTORY, {}).get("tables", [])
    if tables == before:
        return
    stored = session.catalogue(schema)
    for name in tables:
        if name not in before and name in stored:
            session.start_history(schema, name, account.vendor.table(name).key, run_id)
    session.put_state(schema, HISTORY, {"tables": tables})
