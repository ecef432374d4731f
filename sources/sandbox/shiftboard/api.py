"""Sandbox for the Shiftboard JSON-RPC API, by the vendor's text: signatures, batches, pages, windows.

Where the text is silent the sandbox chooses what is hardest on a reader: unsorted lists, shuffled batches,
counts that are wrong, ids as text, refusal of whatever the text does not name.
"""

from __future__ import annotations

import hmac
import random
from collections import Counter
from typing import Any

from fieldhouse.sources.sandbox.sandbox import Answer, Call, Clock, Record, Sandbox
from fieldhouse.sources.sandbox.shiftboard.methods.catalogue import FORBIDDEN, SERVED, UNSERVED
from fieldhouse.sources.sandbox.shiftboard.seed.site import seed as fill

from . import state as edits
from .rpc import (
    BATCH_LIMIT,
    DENIED,
    INVALID_REQUEST,
    NO_METHOD,
    READ_ONLY,
    UNAUTHORIZED,
    RpcError,
    answer_json,
    checked,
    credentials,
    failure,
    is_signed,
    parse,
    success,
)
from .store import Site
from .truth import truth

ACCESS_KEY_ID = "57a67b3b-34e4-4c07-a8ca-e7ecb77a7f33"
SIGNATURE_KEY = "Xuzh+MDxcW9/CLPD1Z2wiSX51LVrQrStEZPQWk0P"
PATHS = ("", "/", "/servola/api/api.cgi", "/api/api.cgi")
MAPS = frozenset({"membership_tiers", "shift_custom_options", "timecard_custom_options"})


class ShiftboardSandbox(Sandbox):
    """One Shiftboard organization.

    ``methods`` counts procedures by name, inside batches too; ``writes`` those of them that a reader must
    never call; ``denied`` names procedures that the API user has no right to. Switch ``site.siteadmin`` off
    to make the API user a plain manager, ``site.basic_feed`` on to have account.listUpdated give basic attributes
    alone, ``site.keeps_relations`` on to have deleted workgroups keep theirs, ``site.hides_pending`` on to have lists
    of accounts hide those with a pending status, ``site.refuses_pending`` on to have them refuse ``org_pending``.
    ``batch_limit`` is the most requests that a batch may have.
    """

    name = "shiftboard"

    def __init__(
        self, seed: int = 7, size: float = 1.0, clock: Clock | None = None, *, edge_cases: bool = False
    ) -> None:
        super().__init__(seed, size, clock, edge_cases=edge_cases)
        self.site = Site(self.clock, self.random)
        self.methods: Counter[str] = Counter()
        self.writes: Counter[str] = Counter()
        self.denied: set[str] = set()
        self.batch_limit = BATCH_LIMIT
        self._shuffle = random.Random(seed)
        self.site.edge_cases = edge_cases
        fill(self.site, size)

    def settings(self, base_url: str) -> dict[str, str]:
        return {"base_url": base_url, "access_key_id": ACCESS_KEY_ID, "signature_key": SIGNATURE_KEY}

    def label(self, call: Call) -> str:
        """The procedure's name, or ``batch``, or ``unparsed``."""
        try:
            request = parse(call)
        except RpcError:
            return "unparsed"
        if isinstance(request, list):
            return "batch"
        method = request.get("method") if isinstance(request, dict) else None
        return method if method in SERVED or method in FORBIDDEN | UNSERVED else "unknown"

    def reset_counts(self) -> None:
        super().reset_counts()
        self.methods.clear()
        self.writes.clear()

    def answer(self, call: Call) -> Answer:
        if call.path not in PATHS:
            return Answer(404)
        if call.method not in ("GET", "POST"):
            return Answer(405, headers={"Allow": "GET, POST"})
        try:
            self._authorize(call)
            request = parse(call)
            if isinstance(request, list):
                return answer_json(self._batch(request))
        except RpcError as error:
            return answer_json(failure(None, error), 401 if error.code == UNAUTHORIZED else 200)
        return answer_json(self._one(request))

    def _authorize(self, call: Call) -> None:
        key, signature = credentials(call)
        if not hmac.compare_digest(key.encode(), ACCESS_KEY_ID.encode()):
            raise RpcError(UNAUTHORIZED, "Invalid access_key_id")
        if not is_signed(call, SIGNATURE_KEY, signature):
            raise RpcError(UNAUTHORIZED, "Invalid signature")

    def _batch(self, requests: list[Any]) -> list[Record]:
        """Answers in no order, ids as text, none for an element without id (lines 110-162)."""
        if not 1 <= len(requests) <= self.batch_limit:
            raise RpcError(INVALID_REQUEST, f"A batch must have 1 to {self.batch_limit} requests")
        answers = []
        for request in requests:
            answered = self._one(request)
            if not isinstance(request, dict) or request.get("id") is not None:
                identity = answered["id"]
                answers.append({**answered, "id": identity if identity is None else str(identity)})
        self._shuffle.shuffle(answers)
        return answers

    def _one(self, request: Any) -> Record:
        identity = request.get("id") if isinstance(request, dict) else None
        try:
            method, params = checked(request)
            return success(identity, self._call(method, params))
        except RpcError as error:
            return failure(identity, error)

    def _call(self, method: str, params: Record) -> Any:
        self.methods[method] += 1
        if method in FORBIDDEN:
            self.writes[method] += 1
            raise RpcError(READ_ONLY, "This sandbox only answers reads")
        if method in UNSERVED or method not in SERVED:
            raise RpcError(NO_METHOD, "Method not found")
        if method in self.denied:
            raise RpcError(DENIED, "Permission denied")
        return SERVED[method](self.site, params)

    def truth(self) -> dict[str, list[Record]]:
        with self.lock:
            return truth(self.site)

    def edit(self, count: int = 1) -> list[str]:
        with self.lock:
            return [edits.edit(self.site) for _ in range(count)]

    def create(self, table: str, **fields: Any) -> Record:
        """Add a record, made up except for ``fields``; the record as its list shows it, extended."""
        with self.lock:
            return self.site.show(table, edits.create(self.site, table, fields))

    def change(self, table: str, id: str | int | None = None, **fields: Any) -> Record:
        """Change a record, by default any one, by default somehow; KeyError where there is no such record."""
        with self.lock:
            key = edits.random_key(self.site, table) if id is None else str(id)
            fields = fields or edits.random_change(self.site, table, key)
            return self.site.show(table, edits.change(self.site, table, key, fields))

    def delete(self, table: str, id: str | int | None = None) -> str:
        """Delete a record, by default any one; its key. KeyError where there is no such record."""
        with self.lock:
            key = edits.random_key(self.site, table) if id is None else str(id)
            edits.delete(self.site, table, key)
            return key

    def restore(self, table: str, id: str | int) -> Record:
        """Bring a deleted record back; KeyError where none of that key was deleted."""
        with self.lock:
            return self.site.show(table, edits.restore(self.site, table, str(id)))

    def add_field(self, table: str, name: str, value: Any) -> None:
        """From now on every row of a table has one more field, as when the vendor extends its API."""
        if table in MAPS:
            raise ValueError(f"{table} comes from a map, which has no fields")
        with self.lock:
            self.site.extra[table][name] = value
