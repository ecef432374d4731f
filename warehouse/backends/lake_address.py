"""A lake's address: a catalogue in SQLite or Postgres, and the place of the files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from .locks import WaitPolicy
from .postgres_server import PostgresWarehouse
from .protocol import WrongAddress


@dataclass(frozen=True)
class LakeAddress:
    """A lake's address, taken apart.

    Attributes:
        file: the catalogue's SQLite file; None for Postgres.
        server: the catalogue's Postgres address; empty for SQLite.
        data: the folder or S3 address of the Parquet files.
        display: the address without the password.
    """

    file: Path | None
    server: str
    data: str
    display: str

    @property
    def catalogue(self) -> str:
        """The catalogue as DuckLake names it."""
        if self.file is not None:
            return f"sqlite:{self.file}"
        from psycopg2.extensions import make_dsn, parse_dsn

        return f"postgres:{make_dsn(**parse_dsn(self.server))}"

    @property
    def is_remote(self) -> bool:
        """True if the files are on S3."""
        return "://" in self.data

    @classmethod
    def from_url(cls, url: str) -> LakeAddress:
        """Takes an address apart. Raises WrongAddress; its message has no password."""
        inner = url.partition(":")[2]
        try:
            parts = urlsplit(inner)
            query = parse_qsl(parts.query, keep_blank_values=True)
        except ValueError:
            raise WrongAddress("the catalogue's address cannot be read") from None
        data = next((value for name, value in query if name == "data"), "")
        if not data:
            raise WrongAddress("the place of the lake's files is missing (?data=…)")
        if "://" in data and not data.startswith("s3://"):
            raise WrongAddress(f"{data.partition('://')[0]}:// is no place for a lake's files")
        if "://" not in data:
            data = str(Path(unquote(data)).resolve())
        rest = urlencode([(name, value) for name, value in query if name != "data"])
        catalogue = parts._replace(query=rest).geturl()
        if parts.scheme in PostgresWarehouse.schemes:
            shown = PostgresWarehouse.from_url(catalogue, WaitPolicy(0)).display
            return cls(None, catalogue, data, f"ducklake:{shown}?data={data}")
        if parts.scheme != "sqlite" or parts.netloc or not parts.path.strip("/"):
            raise WrongAddress("the catalogue is neither sqlite:///file nor postgresql://…")
        file = Path(unquote(parts.path[1:])).resolve()
        if file.is_dir() or not file.parent.is_dir():
            raise WrongAddress(f"the catalogue {file} is a folder, or in a folder that does not exist")
        return cls(file, "", data, f"ducklake:sqlite:///{parts.path[1:]}?data={data}")
