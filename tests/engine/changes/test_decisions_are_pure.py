"""Decisions send no request, and the keys of the stored state are known to one file."""

from __future__ import annotations

import ast

from fieldhouse.sources.engine.changes.table_state import TableState
from tests.system.architecture import ROOT, modules

STATE = "sources/engine/changes/table_state.py"
COUNTS_ONLY = {"sources/engine/changes/outcome.py"}
"""Imports the plain counts of requests."""
OLD_KEYS = {"asked_at", "asked_here", "swept_at", "filling", "unordered", "lag"}
NEW_KEYS = {
    "last_full_scan",
    "initial_load_from",
    "order_rejected",
    "window_start",
    "schema_hash",
    "read_seconds",
}


def test_no_decision_imports_what_sends_requests() -> None:
    senders = []
    for path in (ROOT / "sources/engine/changes").glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        if any("engine.http" in name or "engine.extract" in name for name in imported):
            senders.append(path.relative_to(ROOT).as_posix())
    assert set(senders) <= COUNTS_ONLY


def test_the_keys_of_the_state_are_in_one_file() -> None:
    assert set(TableState.__dataclass_fields__) >= NEW_KEYS
    users = set()
    for path in modules():
        strings = {
            node.value
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        if strings & (OLD_KEYS | NEW_KEYS):
            users.add(path.relative_to(ROOT).as_posix())
    assert users == {STATE}
