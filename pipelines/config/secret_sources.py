"""Secret sources: a secret from a file (``…_file``), a command (``…_command``, opt-in), or a vault that dlt knows."""

from __future__ import annotations

import shlex
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr

from fieldhouse.sources.engine.errors import FixSettings

SECONDS = 30.0
_SECRET_TEXTS = frozenset({("warehouse", "url")})
"""Settings of type text that hold a secret."""


def secret_fields(section: str, model: type[BaseModel]) -> list[str]:
    """The settings of a section that are secrets."""
    return [
        name
        for name, field in model.model_fields.items()
        if _is_secret(field.annotation) or (section, name) in _SECRET_TEXTS
    ]


def resolve_secrets(
    section: str,
    model: type[BaseModel],
    given: Mapping[str, Any],
    *,
    commands: bool = False,
    vaults: bool = False,
    warnings: list[str],
) -> dict[str, Any]:
    """The section with ``…_file`` and ``…_command`` replaced by the secrets that they name.

    Args:
        commands: whether commands may run (``secrets.allow_commands``).
        vaults: whether dlt is configured for a vault that has the secrets that are given nowhere else.

    Raises:
        FixSettings: a secret is given twice, or its file or command gives none. Never with its content.
    """
    values = dict(given)
    for name in secret_fields(section, model):
        ways = [way for way in (name, f"{name}_file", f"{name}_command") if way in values]
        if len(ways) > 1:
            raise FixSettings(
                f"is given twice, as {' and '.join(ways)}.", do="Keep one of them.", where=f"{section}.{name}"
            )
        for way in ways:
            where = f"{section}.{way}"
            if way == f"{name}_file":
                values[name] = _from_file(where, str(values.pop(way)), warnings)
            elif way == f"{name}_command":
                values[name] = _from_command(where, str(values.pop(way)), allowed=commands)
        if not ways and vaults and given:
            value = _from_vault(f"{section}.{name}")
            values.update({name: value} if value else {})
    return values


def _is_secret(annotation: Any) -> bool:
    if get_origin(annotation) in (Union, UnionType):
        return any(_is_secret(part) for part in get_args(annotation))
    return annotation is SecretStr


def _from_file(where: str, path: str, warnings: list[str]) -> str:
    file = Path(path.strip()).expanduser()
    try:
        text = file.read_text("utf-8-sig")
        mode = file.stat().st_mode
    except UnicodeDecodeError:
        raise FixSettings(f"{file} is not UTF-8 text.", do="Save the secret as UTF-8.", where=where) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a path"
        raise FixSettings(
            f"{file} cannot be read: {reason}.",
            do="Give the path of a file that holds the secret alone.",
            where=where,
        ) from None
    if not text.strip():
        raise FixSettings(f"{file} is empty.", do="Write the secret into it.", where=where)
    if mode & stat.S_IROTH and not file.is_relative_to("/run/secrets"):
        warnings.append(f"{file} ({where}) can be read by other users of this machine: chmod 600 {file}")
    return text.strip()


def _from_command(where: str, command: str, *, allowed: bool) -> str:
    if not allowed:
        raise FixSettings(
            "secret commands are not allowed.",
            do="Set allow_commands = true under [secrets], if everybody who can write the settings may run commands.",
            where=where,
        )
    try:
        done = subprocess.run(shlex.split(command), capture_output=True, timeout=SECONDS, check=False)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a command line"
        raise FixSettings(
            f"the command cannot be run: {reason}.", do="Correct the command.", where=where
        ) from None
    except subprocess.TimeoutExpired:
        raise FixSettings(
            f"the command did not end within {SECONDS:g} s.",
            do="Run it by hand; it may wait for a sign-in.",
            where=where,
        ) from None
    text = done.stdout.decode("utf-8", "replace").strip()
    if done.returncode or not text:
        what = f"ended with exit code {done.returncode}" if done.returncode else "printed nothing"
        raise FixSettings(f"the command {what}.", do="Run it by hand to see why.", where=where)
    return text


def _from_vault(key: str) -> str | None:
    from fieldhouse.sources.engine.load.vault import vault_secret

    return vault_secret(key)


def uses_vaults(tree: Mapping[str, Any]) -> bool:
    """True if dlt is configured for a vault (``[providers] enable_google_secrets = true`` and the like)."""
    providers = tree.get("providers")
    if not isinstance(providers, Mapping):
        return False
    return any(
        name.startswith("enable_") and str(value).lower() == "true" for name, value in providers.items()
    )
