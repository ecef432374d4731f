"""Extras: which optional parts are installed, and the command that installs a missing one.

The command depends on how fieldhouse itself was installed. ``uv tool`` and ``pipx`` keep it in an environment of its
own that ``pip install`` does not reach; both replace the requirement, so their commands name all extras in use.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

DISTRIBUTION = "fieldhouse"
EXTRAS: Mapping[str, tuple[str, ...]] = {
    "marts": ("dbt.cli", "dbt.adapters.duckdb", "dbt.adapters.postgres"),
    "dashboard": ("starlette", "uvicorn", "jinja2"),
    "lake": ("duckdb_extension_ducklake",),
    "telemetry": ("prometheus_client", "opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http"),
    "dagster": ("dagster",),
}
"""Extra -> the modules without which it does not work."""

Find = Callable[[str], object]


@dataclass(frozen=True)
class Installation:
    """How this fieldhouse was installed.

    Args:
        prefix: the environment's folder (``sys.prefix``).
        executable: its Python.
        is_activated: ``python`` and ``pip`` on the ``PATH`` are those of the environment.
        has_pip: pip is installed there.
        origin: the document of PEP 610 (``direct_url.json``), empty for a package from an index.
    """

    prefix: Path
    executable: str
    is_activated: bool
    has_pip: bool
    origin: Mapping[str, Any]

    @property
    def manager(self) -> str:
        """``uv tool``, ``pipx``, ``uv pip`` or ``pip``: the tool that installs packages into the environment."""
        if (self.prefix / "uv-receipt.toml").is_file():
            return "uv tool"
        if (self.prefix / "pipx_metadata.json").is_file():
            return "pipx"
        return "pip" if self.has_pip else "uv pip"


def is_installed(extra: str, find: Find = find_spec) -> bool:
    """True if every module of the extra can be imported."""
    return all(_is_there(module, find) for module in EXTRAS[extra])


def install_command(extra: str, *, installation: Installation | None = None, find: Find = find_spec) -> str:
    """The shell command that adds an extra to this installation.

    Args:
        extra: a name of ``EXTRAS``.
        installation: this process's by default.
        find: returns a module's spec, or None.
    """
    here = installation or _this_installation()
    if here.manager == "uv tool":
        return f"uv tool install {_requirement(_in_use(extra, find), here.origin)}"
    if here.manager == "pipx":
        return f"pipx install --force {_requirement(_in_use(extra, find), here.origin)}"
    requirement = _requirement([extra], here.origin)
    if here.manager == "uv pip":
        return f"uv pip install {'' if here.is_activated else f'--python {here.executable} '}{requirement}"
    return f"{'' if here.is_activated else f'{here.executable} -m '}pip install {requirement}"


def _is_there(module: str, find: Find) -> bool:
    """``find`` itself fails for ``a.b`` if ``a`` is not installed."""
    parts = module.split(".")
    return all(find(".".join(parts[:depth])) is not None for depth in range(1, len(parts) + 1))


def _in_use(extra: str, find: Find) -> list[str]:
    return sorted({extra} | {name for name in EXTRAS if is_installed(name, find)})


def _requirement(extras: list[str], origin: Mapping[str, Any]) -> str:
    """The quoted requirement: a name for a package from an index, otherwise the folder, file or repository."""
    names = ",".join(extras)
    url = re.sub(r"//[^/@]*@", "//", str(origin.get("url", "")))
    if "dir_info" in origin:
        editable = "-e " if origin["dir_info"].get("editable") else ""
        return f"{editable}'{url.removeprefix('file://')}[{names}]'"
    if "vcs_info" in origin:
        vcs = origin["vcs_info"]
        return f"'{DISTRIBUTION}[{names}] @ {vcs['vcs']}+{url}@{vcs.get('requested_revision') or vcs['commit_id']}'"
    return f"'{DISTRIBUTION}[{names}]{f' @ {url}' if url else ''}'"


def _this_installation() -> Installation:
    try:
        origin = json.loads(distribution(DISTRIBUTION).read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        origin = {}
    active = os.environ.get("VIRTUAL_ENV") == sys.prefix or sys.prefix == sys.base_prefix
    return Installation(Path(sys.prefix), sys.executable, active, find_spec("pip") is not None, origin)
