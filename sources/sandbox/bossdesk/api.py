"""A sandbox for BOSSDesk's REST API, as strict as its text: https://{subdomain}.bossdesk.io/api/v1.

Only reads are served: anything but GET and ``POST /sessions`` is refused with 405 and counted in ``writes``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from fieldhouse.sources.sandbox.rate_limits import SlidingWindow
from fieldhouse.sources.sandbox.sandbox import Answer, Call, Clock, Record, json_body

from .ransack import Search, search
from .reference_data import brief
from .seed import PERSON
from .state import BossDeskState
from .views import SEARCHABLE, by_barcode, my_detail, my_row, saved_ci
from .words import ARTICLES, KEY_OWNER, NAMES, UNPAGED

View = Callable[[Record], Record | None]
ROOT = "/api/v1"
BESIDE = "/api/v2"
_JSON = {"Content-Type": "application/json; charset=utf-8"}
_WORDS = {
    400: "request is erroneous",
    401: "failed API authorization",
    402: "account expired, or the plan does not allow this",
    403: "no access to this resource",
    404: "not found",
    405: "only reads are served here",
    422: "validation failed",
    501: "searches of this class are not implemented",
}


class BossDeskSandbox(BossDeskState):
    """``size`` 1.0 is 400 tickets, 120 CIs and 90 users.

    - ``denied``: path below the root -> status (402, 403, 404, 422), for that path and all below it.
    - ``honours``: lists on which Ransack may filter and sort by ``updated_at``; elsewhere it drops both.
    - ``steady``: whether a list that is not sorted by ``q[s]`` keeps its order from request to request. The text
      promises none, and a database without ORDER BY has none.
    - ``clamps_pages``: whether ``per_page`` above 30 is taken as 30 and ``page=0`` as 1, as Rails' paginators do; the
      text gives 1 to 30 and names no error, so that they are refused otherwise.
    - ``writes``: how many requests were not reads.
    """

    def __init__(
        self, seed: int = 7, size: float = 1.0, clock: Clock | None = None, *, edge_cases: bool = False
    ) -> None:
        super().__init__(seed, size, clock, edge_cases=edge_cases)
        self.api_key = "c3176bbca97c5b7ee6cee715f3379366e031e0815862"
        self.username, self.password = KEY_OWNER, "s3cret:pot"
        self.denied: dict[str, int] = {}
        self.honours = set(SEARCHABLE)
        self.steady = True
        self.clamps_pages = False
        self.writes = 0
        self._window = SlidingWindow()
        self._unpaged: dict[str, tuple[int, bytes]] = {}

    def settings(self, base_url: str) -> dict[str, str]:
        return {"base_url": base_url + ROOT, "api_key": self.api_key}

    def answer(self, call: Call) -> Answer:
        beside = call.path.startswith(f"{BESIDE}/")
        path = call.path.removeprefix("/api" if beside else ROOT)
        login = call.method == "POST" and call.path == f"{ROOT}/sessions"
        if call.method != "GET" and not login:
            self.writes += 1
            return _refuse(405)
        throttled = self._window.refuse(self.limits, self.clock.now())
        if throttled:
            return throttled
        if not (call.basic() == (self.username, self.password) if login else self._has_key(call)):
            return _refuse(401)
        if call.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return _refuse(400)
        for prefix, status in self.denied.items():
            if f"{path}/".startswith(f"/{prefix.strip('/')}/"):
                return _refuse(status)
        if login:
            return self._session()
        if beside:
            return self._second_version(call, path.removeprefix("/v2/"))
        return (
            self._read(call, path[1:].split("/")) if path != call.path and path[:1] == "/" else _refuse(404)
        )

    def _second_version(self, call: Call, table: str) -> Answer:
        """API v2: the lists of articles and their categories, in pages and without search."""
        if not self.has_articles or table not in ARTICLES:
            return _refuse(404)
        return self._list(call, table, lambda row_id: self.row(table, row_id), searched=False)

    def _has_key(self, call: Call) -> bool:
        return call.headers.get("authorization") == f'Token token="{self.api_key}"'

    def _session(self) -> Answer:
        me = brief(self._me(), "id", "friendly_id", "username", "email", "first_name", "last_name")
        permissions = {table: ["index", "show"] for table in ("tickets", "cis", "users", *NAMES)}
        return _json({**me, "api_key": self.api_key, "permissions": permissions})

    def _me(self) -> Record:
        users = self.stores["users"]
        return users.row(users.id_of(1))

    def _read(self, call: Call, parts: list[str]) -> Answer:
        match parts:
            case ["account"]:
                return _json(self.dressed("account", self.account))
            case [table] if table in UNPAGED:
                return self._unpaged_list(table)
            case [table] if table in self.stores and table not in ARTICLES:
                return self._list(call, table, lambda row_id: self.row(table, row_id))
            case ["my", "tickets"]:
                return self._list(call, "tickets", self._my_row, self._is_mine)
            case ["searches", number]:
                return self._saved_search(call, number)
            case ["cis", "by_barcode", code]:
                return self._by_barcode(code)
            case [("tickets" | "cis" | "users") as table, number]:
                return self._one(table, number, lambda row: row)
            case ["my", "tickets", number]:
                return self._one("tickets", number, my_detail, mine=True)
            case ["tickets", number, *rest]:
                return self._one("tickets", number, lambda row: _attachment(row, rest))
            case ["my", "tickets", number, *rest]:
                return self._one("tickets", number, lambda row: _attachment(my_detail(row), rest), mine=True)
        return _refuse(404)

    def _unpaged_list(self, table: str) -> Answer:
        """The unpaged lists: everything, whatever ``page`` and ``q`` say."""
        store = self.stores[table]
        version, body = self._unpaged.get(table, (-1, b""))
        if version != store.version or table in self.extra:
            body = json_body([self.row(table, row_id) for row_id in store.order(Search(), False)])
            self._unpaged[table] = (store.version, body)
        return Answer(200, body, _JSON)

    def _list(
        self,
        call: Call,
        table: str,
        view: Callable[[int], Record],
        keep: Callable[[int], bool] | None = None,
        searched: bool = True,
    ) -> Answer:
        """One page as a bare array: tickets newest first, all else by id, unless ``q[s]`` sorts."""
        page, size = _number(call.first("page", "1")), _number(call.first("per_page", "15"))
        if self.clamps_pages:
            page, size = max(page, 1), min(max(size, 1), 30)
        if not page or not 1 <= size <= 30:
            return _refuse(400)
        known = SEARCHABLE.get(table, frozenset()) - (set() if table in self.honours else {"updated_at"})
        criteria = search(call.query, known) if searched else Search()
        ids = self.stores[table].order(criteria, newest_first=table == "tickets")
        if not (self.steady or criteria.sort):
            ids = self.random.sample(ids, len(ids))
        if keep:
            ids = [row_id for row_id in ids if keep(row_id)]
        return _json([view(row_id) for row_id in ids[(page - 1) * size : page * size]])

    def _one(self, table: str, number: str, view: View, mine: bool = False) -> Answer:
        row_id = self.stores[table].alive(_number(number))
        if row_id is None or (mine and not self._is_mine(row_id)):
            return _refuse(404)
        shown = view(self.detail(table, row_id))
        return _refuse(404) if shown is None else _json(shown)

    def _my_row(self, row_id: int) -> Record:
        return my_row(self.stores["tickets"].row(row_id))

    def _is_mine(self, row_id: int) -> bool:
        requester: Record = self.stores["tickets"].row(row_id)["requester"]
        return bool(requester["friendly_id"] == 1)

    def _by_barcode(self, code: str) -> Answer:
        """The account's ``ci_barcode_method`` is the name."""
        store = self.stores["cis"]
        ids = [row_id for row_id in store.updated if store.value(row_id, "name") == code]
        return _json(by_barcode(self.detail("cis", ids[0]))) if ids else _refuse(404)

    def _saved_search(self, call: Call, number: str) -> Answer:
        """What a saved search finds; its ``:id`` is the global one. Only for CIs and tickets."""
        searches = self.stores["searches"]
        if _number(number) not in searches.updated:
            return _refuse(404)
        owner = searches.row(_number(number))["owner_class"]
        if owner == "ticket":
            return self._list(call, "tickets", lambda row_id: self.row("tickets", row_id), searched=False)
        if owner == "ci":
            return self._list(
                call, "cis", lambda row_id: saved_ci(self.stores["cis"].row(row_id)), searched=False
            )
        return _refuse(501)


def _attachment(ticket: Record, rest: list[str]) -> Record | None:
    """``attachments/:id`` or ``comments/:comment_id/attachments/:id``, with its link of ten minutes."""
    match rest:
        case ["attachments", number]:
            files = ticket["attachments"]
        case ["comments", comment, "attachments", number]:
            files = [
                one
                for existing in ticket["comments"]
                if existing["id"] == _number(comment)
                for one in existing["attachments"]
            ]
        case _:
            return None
    for one in files:
        if one["id"] == _number(number):
            url = f"https://bossdesk.s3.amazonaws.com/uploads/attachments/{one['id']}?X-Amz-Signature=8e2484"
            by = ticket.get("requester") and brief(ticket["requester"], *PERSON)
            later = {"updated_at": one["created_at"], "created_by": by, "secure_url_expire_time_in_mins": 10}
            return {**one, "secure_url": url, **later}
    return None


def _number(text: str | None) -> int:
    """A whole number from 0 on; 0 where the text is none."""
    return int(text) if text and text.isascii() and text.isdigit() else 0


def _json(value: Any) -> Answer:
    return Answer(200, json_body(value), _JSON)


def _refuse(status: int) -> Answer:
    return Answer(status, orjson.dumps({"errors": {"base": [_WORDS.get(status, "failed")]}}), _JSON)
