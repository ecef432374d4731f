"""The address of a warehouse in a DuckDB file."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from .protocol import WrongAddress


def file_of(url: str) -> Path:
    """The file of ``duckdb:///PATH``, relative to the working directory. Raises WrongAddress."""
    head, name = url[: len("duckdb:///")], url[len("duckdb:///") :]
    if head.lower() != "duckdb:///" or not name:
        raise WrongAddress("the path of the file is missing")
    if name.startswith(":") or "?" in name:
        raise WrongAddress(f"{name!r} is not the path of a file")
    path = Path(unquote(name)).resolve()
    if path.is_dir():
        raise WrongAddress(f"{name!r} is a folder")
    if not path.parent.is_dir():
        raise WrongAddress(f"{name!r} is in a folder that does not exist: {path.parent}")
    return path
