"""Calls of the Shiftboard sandbox without a socket."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import orjson

from fieldhouse.sources.sandbox.sandbox import Answer, Call, Record
from fieldhouse.sources.sandbox.shiftboard.api import ACCESS_KEY_ID, SIGNATURE_KEY, ShiftboardSandbox
from fieldhouse.sources.sandbox.shiftboard.rpc import sign

ALWAYS = {"start_date": "2020-01-01", "end_date": "2040-01-01"}
ALL_SHIFTS = {**ALWAYS, "scope": "siteadmin", "only_deleted_workgroups": False}


def post(sandbox: ShiftboardSandbox, value: Any, key: str = SIGNATURE_KEY) -> Answer:
    body = value if isinstance(value, bytes) else orjson.dumps(value)
    target = "/?" + urlencode({"access_key_id": ACCESS_KEY_ID, "signature": sign(key, body)})
    return sandbox.handle(Call.of("POST", target, {}, body))


def ask(sandbox: ShiftboardSandbox, method: str, **params: Any) -> Any:
    answered = orjson.loads(
        post(sandbox, {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}).body
    )
    assert answered["jsonrpc"] == "2.0"
    assert answered["id"] == 7
    return answered["result"] if "result" in answered else answered["error"]


def pages(
    sandbox: ShiftboardSandbox, method: str, key: str, batch: int = 1000, **params: Any
) -> list[Record]:
    rows: list[Record] = []
    page: Record | None = {"batch": batch}
    while page:
        result = ask(sandbox, method, page=page, **params)
        rows += result[key]
        page = result.get("page", {}).get("next")
    return rows


def listed_group(sandbox: ShiftboardSandbox) -> str:
    return str(ask(sandbox, "workgroup.list")["workgroups"][0]["id"])


# --- windows and streams ---


def days(sandbox: ShiftboardSandbox, **delta: int) -> str:
    return (sandbox.site.today() + timedelta(**delta)).isoformat()


def feed(sandbox: ShiftboardSandbox, table: str, **select: Any) -> set[str]:
    noun, wide = ("account", {}) if table == "accounts" else ("shift", ALL_SHIFTS)
    rows = pages(sandbox, f"{noun}.listUpdated", table, select={**wide, **select}, extended=True)
    return {row["id"] for row in rows}
