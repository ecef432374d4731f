"""Shiftboard's signature: HMAC-SHA1 over what is sent, in the query string ("Request Signature").

Neither a time nor a nonce is signed: anyone who reads a signed URL can send it again, so no message contains one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from fieldhouse.sources.engine.http.messages import HttpRequest, Response


def signature(key: str, data: bytes) -> str:
    """Base64 of HMAC-SHA1 of ``data``. The key is its literal text: what looks like base64 is not decoded."""
    return base64.b64encode(hmac.digest(key.encode(), data, hashlib.sha1)).decode()


@dataclass(frozen=True)
class Signed:
    """Signs a POST over the very bytes of its body; adds ``access_key_id`` and ``signature`` to the query."""

    access_key_id: str
    key: str = field(repr=False)

    def sign(self, request: HttpRequest, send: Callable[[HttpRequest], Response]) -> HttpRequest:
        made = signature(self.key, request.body or b"")
        return request.with_params(("access_key_id", self.access_key_id), ("signature", made))

    def renew(self, refused: HttpRequest, send: Callable[[HttpRequest], Response]) -> bool:
        """A key is not renewed: what is refused once stays refused."""
        return False
