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
    try:
        path = Path(unquote(name)).resolve()
    except RuntimeError:
        raise WrongAddress(f"{name!r} is a symbolic link that leads back to itself") from None
    if path.is_dir():
        raise WrongAddress(f"{name!r} is a folder")
    if path.exists() and not path.is_file():
        raise WrongAddress(f"{name!r} is not a file")
    if not path.parent.is_dir():
        raise WrongAddress(f"{name!r} is in a folder that does not exist: {path.parent}")
    return path
