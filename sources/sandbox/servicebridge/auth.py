"""Who may call the ServiceBridge sandbox, and how often: sessions, an OAuth app, HTTP Basic, limits."""

from __future__ import annotations

import random
import time
from abc import abstractmethod
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import orjson

from fieldhouse.sources.sandbox.sandbox import Answer, Call, Clock, Sandbox, json_body

SESSION = timedelta(minutes=30)
"""Sliding: every request with the key moves the end (vendor text, "Option 1 - API User")."""
TOKEN = timedelta(hours=1)
"""Not sliding (vendor text, "Access Rights")."""
_CODES = {400: 10, 401: 20, 403: 30, 404: 40, 405: 45, 429: 50}
_JSON = {"Content-Type": "application/json; charset=utf-8"}


def reply(data: Any, **more: Any) -> Answer:
    """The vendor's envelope around ``data``; ``more`` stands before it (``TotalCount``)."""
    return Answer(200, json_body({**more, "Data": data, "Success": True, "Error": None}), _JSON)


def refusal(status: int, value: str, message: str, **headers: str) -> Answer:
    error = {"Message": message, "Value": value, "Code": _CODES.get(status, 99)}
    body = orjson.dumps({"Data": None, "Success": False, "Error": error})
    return Answer(status, body, _JSON | {name.replace("_", "-"): text for name, text in headers.items()})


class RequestLimits:
    """Counts what arrives, by a timer in seconds, and refuses what would break a limit."""

    def __init__(self, limits: tuple[tuple[int, float], ...], timer: Callable[[], float]) -> None:
        self._limits, self._timer = limits, timer
        self._let_in: deque[float] = deque(maxlen=max(allowed for allowed, _ in limits))
        self._last_second: deque[float] = deque()
        self.rejected = self.peak = 0

    def admit(self, enforce: bool) -> bool:
        now = self._timer()
        self._last_second.append(now)
        while self._last_second[0] <= now - 1:
            self._last_second.popleft()
        self.peak = max(self.peak, len(self._last_second))
        if enforce and any(self._full(allowed, now - seconds) for allowed, seconds in self._limits):
            self.rejected += 1
            return False
        self._let_in.append(now)
        return True

    def _full(self, allowed: int, start: float) -> bool:
        return len(self._let_in) >= allowed and self._let_in[-allowed] > start


class AuthenticatedSandbox(Sandbox):
    """The doors of the API. Below them, ``read`` answers a GET whose caller is known.

    ``auth`` is the way that ``settings`` names. ``expire_every`` ends a session at every n-th request that
    uses one. ``revoked`` is the user's "Revoke Access": no new tokens; those issued live out their hour.
    """

    limits = ((50, 1.0), (60_000, 3600.0))

    def __init__(
        self,
        seed: int,
        size: float,
        clock: Clock | None,
        timer: Callable[[], float] = time.monotonic,
        *,
        edge_cases: bool = False,
    ) -> None:
        super().__init__(seed, size, clock, edge_cases=edge_cases)
        self._keys = random.Random(f"{self.name}:keys:{seed}")
        self.user_id, self.password = "550000017", f"pässword:{self._keys.randrange(10**6)}&?"
        self.app_id, self.app_secret, self.refresh_token = (self._key() for _ in range(3))
        self.auth = "session"
        self.versions = {"v1"}
        self.sessions: dict[str, datetime] = {}
        self.tokens: dict[str, datetime] = {}
        self.expire_every: int | None = None
        self.revoked = False
        self.enforce_limits = True
        self.gauge = RequestLimits(self.limits, timer)
        self.logins = self.failed_logins = self.refreshes = self.writes = self._session_calls = 0

    @abstractmethod
    def read(self, call: Call, path: str) -> Answer:
        """The answer to a GET of ``path`` below the version."""

    @property
    def rejected(self) -> int:
        """Requests that got a 429."""
        return self.gauge.rejected

    @property
    def peak_per_second(self) -> int:
        """The most requests that arrived within any one second."""
        return self.gauge.peak

    def reset_counts(self) -> None:
        super().reset_counts()
        self.gauge.rejected = self.gauge.peak = 0
        self.logins = self.failed_logins = self.refreshes = self.writes = 0

    def settings(self, base_url: str) -> dict[str, str]:
        place = {"base_url": f"{base_url}/api", "api_version": "v1"}
        if self.auth == "oauth":
            app = {"app_id": self.app_id, "app_secret": self.app_secret, "refresh_token": self.refresh_token}
            return {**place, **app, "token_url": f"{base_url}/oauth/token", "auth": "oauth"}
        user = {**place, "user_id": self.user_id, "password": self.password}
        return user if self.auth == "session" else {**user, "auth": self.auth}

    def answer(self, call: Call) -> Answer:
        if not self.gauge.admit(self.enforce_limits):
            return refusal(429, "TooManyRequests", "Request limit is exceeded.", Retry_After="1")
        if call.path == "/oauth/token":
            return self._token(call)
        parts = call.path.split("/", 3)
        if len(parts) < 4 or parts[1] != "api" or parts[2] not in self.versions:
            return refusal(404, "MethodNotFound", "Method is not found.")
        path = "/" + parts[3].rstrip("/")
        if path in ("/Login", "/Logout"):
            return self._door(call, path)
        if call.method != "GET":
            self.writes += 1
            return refusal(405, "MethodNotAllowed", "This sandbox is read-only.")
        return self._stranger(call) or self.read(call, path)

    def _door(self, call: Call, path: str) -> Answer:
        if call.method != "POST":
            return refusal(405, "MethodNotAllowed", f"{path} wants POST.")
        if not call.headers.get("content-type", "").startswith("application/json"):
            return refusal(400, "InvalidRequest", "Content-Type must be application/json.")
        try:
            sent = orjson.loads(call.body)
        except orjson.JSONDecodeError:
            sent = None
        if not isinstance(sent, dict):
            return refusal(400, "InvalidRequest", "The body must be a JSON object.")
        return self._login(sent) if path == "/Login" else self._logout(sent)

    def _login(self, sent: dict[str, Any]) -> Answer:
        if str(sent.get("UserId")) != self.user_id or sent.get("Password") != self.password:
            self.failed_logins += 1
            return refusal(401, "InvalidCredentials", "User id or password is wrong.")
        self.logins += 1
        key = self._key()
        self.sessions[key] = self.clock.now() + SESSION
        return reply(key)

    def _logout(self, sent: dict[str, Any]) -> Answer:
        if self.sessions.pop(str(sent.get("SessionKey")), None) is None:
            return refusal(401, "InvalidSessionKey", "Session key is invalid or expired.")
        return reply(None)

    def _token(self, call: Call) -> Answer:
        """RFC 6749, section 6; the client comes in the form or by HTTP Basic. The refresh token stays."""
        if call.method != "POST":
            return Answer(405)
        form = {name: values[0] for name, values in parse_qs(call.body.decode("utf-8", "replace")).items()}
        client = _basic(call) or (form.get("client_id"), form.get("client_secret"))
        if client != (self.app_id, self.app_secret):
            self.failed_logins += 1
            return Answer(401, b'{"error":"invalid_client"}', _JSON)
        if form.get("grant_type") != "refresh_token":
            return Answer(400, b'{"error":"unsupported_grant_type"}', _JSON)
        if self.revoked or form.get("refresh_token") != self.refresh_token:
            return Answer(400, b'{"error":"invalid_grant"}', _JSON)
        self.refreshes += 1
        token = self._key()
        self.tokens[token] = self.clock.now() + TOKEN
        seconds = int(TOKEN.total_seconds())
        granted = {"access_token": token, "token_type": "bearer", "expires_in": seconds}
        return Answer(200, orjson.dumps(granted | {"refresh_token": self.refresh_token}), _JSON)

    def _stranger(self, call: Call) -> Answer | None:
        """None for a caller who is known by session key, bearer token or HTTP Basic; else the 401."""
        now = self.clock.now()
        key = call.first("sessionKey")
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if key is not None:
            known = self._session(key, now)
        elif scheme.lower() == "bearer":
            known = self.tokens.get(token, now) > now
        else:
            known = scheme.lower() == "basic" and _basic(call) == (self.user_id, self.password)
            self.failed_logins += scheme.lower() == "basic" and not known
        return None if known else refusal(401, "InvalidSessionKey", "Session key is invalid or expired.")

    def _session(self, key: str, now: datetime) -> bool:
        if self.sessions.get(key, now) <= now:
            return False
        self._session_calls += 1
        if self.expire_every and self._session_calls % self.expire_every == 0:
            del self.sessions[key]
            return False
        self.sessions[key] = now + SESSION
        return True

    def _key(self) -> str:
        return f"{self._keys.getrandbits(160):040x}"


def _basic(call: Call) -> tuple[str, str] | None:
    try:
        return call.basic()
    except ValueError:
        return None
