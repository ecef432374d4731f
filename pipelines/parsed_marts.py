"""The marts' dbt project as parsed: kept between builds, since parsing it costs more than a small build."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

_KEPT = 4
"""Parsed projects that stay on disk, 3 MB each: one for each kind of warehouse, and those of the version before."""
_PARSED_INTO_MODELS = ("marts_schema", "staging_schema", "prefix")
"""Variables that name schemas and tables; all others take effect when a model is compiled."""


def cache_folder() -> Path:
    """Where parsed projects stay: per user, and worth nothing."""
    base = os.environ.get("XDG_CACHE_HOME")
    return Path(base or Path.home() / ".cache") / "fieldhouse" / "marts"


def parsed_project(
    project: Path, variables: Mapping[str, Any], database: str, parse: Callable[[], Any]
) -> Any:
    """The manifest of the dbt project in ``project``, for models in ``database``.

    It comes from the cache folder, else from ``parse``. A file of the project that changed, another version of dbt or
    of its adapter, and another name of a schema make it another manifest. One that cannot be read is parsed again, and
    a folder that cannot be written keeps nothing.
    """
    path = cache_folder() / f"{project_key(project, variables)}.msgpack"
    manifest = _read(_content(path))
    if manifest is None:
        with _one_at_a_time(path.parent):
            manifest = _read(_content(path))
            if manifest is None:
                manifest = parse()
                _keep(path, manifest.to_msgpack())
                return manifest
    _move(manifest, database)
    return manifest


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Wait while another process parses, and read what it leaves. Without an order if the folder has no locks."""
    with ExitStack() as stack:
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = stack.enter_context(folder.with_suffix(".lock").open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def project_key(project: Path, variables: Mapping[str, Any]) -> str:
    """A digest of the project's files, of dbt's version, and of the names of schemas and tables."""
    target = os.environ.get("FIELDHOUSE_TARGET", "")
    packages = ("dbt-core", "dbt-adapters", "dbt-common", "dbt-duckdb", "dbt-postgres")
    names = [variables.get(name) for name in _PARSED_INTO_MODELS]
    digest = hashlib.sha256(json.dumps([target, str(project), *map(_version, packages), *names]).encode())
    for path in sorted(project.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(project)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except ModuleNotFoundError:  # the adapter of the other warehouse need not be installed
        return ""


def _content(path: Path) -> bytes | None:
    with suppress(OSError):
        return path.read_bytes()
    return None


def _read(content: bytes | None) -> Any:
    """The manifest in the bytes; None where there is none, or one that this dbt does not read."""
    if not content:
        return None
    with suppress(Exception):
        return import_module("dbt.contracts.graph.manifest").Manifest.from_msgpack(content)
    return None


def _keep(path: Path, content: bytes) -> None:
    """Write the file as a whole, and remove those that were not written for the longest time."""
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
            draft.write(content)
        os.replace(draft.name, path)
        kept = sorted(path.parent.iterdir(), key=lambda item: item.stat().st_mtime, reverse=True)
        for old in kept[_KEPT:]:
            old.unlink()


def _move(manifest: Any, database: str) -> None:
    """Let every relation be in ``database``: a parsed model names the one that it was parsed for."""
    for node in (*manifest.nodes.values(), *manifest.sources.values()):
        was = node.database
        if was and was != database:
            node.database = database
            if node.relation_name:
                node.relation_name = node.relation_name.replace(f'"{was}".', f'"{database}".', 1)


def move_schemas(manifest: Any, schemas: Mapping[str, str]) -> None:
    """Let the models and seeds of a schema be in another one, {schema: other}."""
    for node in manifest.nodes.values():
        if other := schemas.get(node.schema):
            if node.relation_name:
                node.relation_name = node.relation_name.replace(f'"{node.schema}".', f'"{other}".', 1)
            node.schema = other
