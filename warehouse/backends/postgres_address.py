"""The address of a Postgres database, for libpq and for clients that take nothing but an address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from .protocol import WrongAddress

_UNESCAPED_SPACE = re.compile(r"(?<!\\) +")


@dataclass(frozen=True)
class PostgresAddress:
    """Where the database is; `url` has the password and is never shown.

    `load_url` is for clients that take nothing but an address: it has the settings that a load relies on.
    """

    url: str
    password: str
    host: str
    port: int
    database: str
    display: str

    @classmethod
    def of(cls, url: str) -> PostgresAddress:
        """The parts of a URL that messages and dlt need; libpq reads the URL itself.

        Raises WrongAddress.
        """
        try:
            parts = urlsplit(url)
            port = parts.port or 5432
        except ValueError:
            raise WrongAddress(
                "the port is not a number, or the password holds a character that must be %-encoded"
            ) from None
        query = parse_qs(parts.query)
        host = parts.hostname or query.get("host", [""])[0]
        database = unquote(parts.path.lstrip("/"))
        needed = {
            "user": parts.username,
            "password": parts.password,
            "host": host,
            "database": database,
        }
        for what, value in needed.items():
            if not value:
                raise WrongAddress(f"the {what} is missing")
        return cls(url, unquote(parts.password or ""), host, port, database, _shown(parts))

    @property
    def load_url(self) -> str:
        """The address, with the encoding and the search path of our own sessions in its query part."""
        parts = urlsplit(self.url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        # Tabs, since dlt writes a space as a plus sign, which libpq does not read as a space.
        options = _UNESCAPED_SPACE.sub(
            "\t", f"{query.get('options', '')} -csearch_path=pg_catalog,pg_temp".strip()
        )
        settings = {**query, "client_encoding": "UTF8", "options": options}
        return urlunsplit(parts._replace(query=urlencode(settings, quote_via=quote)))


def _shown(parts: SplitResult) -> str:
    place = parts.netloc.rpartition("@")[2]
    return f"postgresql://{parts.username}:***@{place}{parts.path}"
