"""Which tables of an account keep every version of their rows, and what happens when that changes."""

from __future__ import annotations

from fieldhouse.pipelines.config.settings import Account
from fieldhouse.warehouse.session import Session

KEPT = "_history"
"""The name under which ``_state`` keeps whose histories go on: no table of a vendor is named so."""


def follow(session: Session, schema: str, account: Account, run_id: str) -> None:
    """Begin the histories of tables that are newly named, from what they hold; others simply end.

    A history that was off for a while goes on from now: what changed meanwhile is one new version.
    """
    wanted = sorted(account.matching(account.settings.history))
    kept = session.states(schema).get(KEPT, {}).get("tables", [])
    if wanted == kept:
        return
    held = session.catalogue(schema)
    for name in wanted:
        if name not in kept and name in held:
            session.start_history(schema, name, account.vendor.table(name).key, run_id)
    session.put_state(schema, KEPT, {"tables": wanted})
