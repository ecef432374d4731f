"""Where settings stand: the files of ``.dlt`` and the environment, merged into one tree of what was written there."""

from __future__ import annotations

import difflib
import stat
import tomllib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.errors import FixSettings

from .secret_sources import secret_fields
from .sections import SECTIONS, Warehousing


def tree_of(env: Mapping[str, str], projects: Iterable[Path], warnings: list[str]) -> dict[str, Any]:
    """All settings as they were written; the environment wins over secrets.toml, which wins over config.toml.

    Args:
        env: the environment.
        projects: folders that hold ``.dlt``; later ones win.
        warnings: receives warnings about the files.

    Raises:
        FixSettings: a file that cannot be read, or a section that is ours but for a slip.
    """
    tree: dict[str, Any] = {}
    for project in projects:
        for file in ("config.toml", "secrets.toml"):
            tree = _merged(tree, _toml(project / ".dlt" / file, warnings))
    tree = _merged(tree, _from_environment(env))
    _no_stray_section(tree)
    return {name: trimmed(name, value) if name in _OURS else value for name, value in tree.items()}


_OURS = ("sources", "warehouse", *SECTIONS)
_QUOTES = "“”„‟‘’‚‛«»"


def trimmed(where: str, value: Any) -> Any:
    """Texts without the blanks, line ends and byte order marks around them.

    Raises:
        FixSettings: a control character inside a text, or typographic quotes around it. Never with the text.
    """
    if isinstance(value, Mapping):
        return {name: trimmed(f"{where}.{name}", inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [trimmed(where, inner) for inner in value]
    if not isinstance(value, str):
        return value
    text = value.strip().strip("\ufeff\u200b\u2060").strip()
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in text):
        raise FixSettings(
            "holds a line break or another control character.", do="Remove it from the value.", where=where
        )
    if text[:1] and (text[0] in _QUOTES or text[-1] in _QUOTES):
        raise FixSettings(
            "is enclosed in typographic quotes.", do='Use plain quotes, as in name = "value".', where=where
        )
    return text


def account_sections(
    section: Mapping[str, Any], settings: Collection[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A vendor's section taken apart: its own settings, and the sections of named accounts.

    Args:
        settings: the names of the vendor's settings, some of which are tables themselves.
    """
    named = {
        key: value for key, value in section.items() if isinstance(value, Mapping) and key not in settings
    }
    return {key: value for key, value in section.items() if key not in named}, named


def check_modes(path: Path, settings: Mapping[str, Any], vendors: Iterable[str], warnings: list[str]) -> None:
    """Warn of a file with secrets that others may read, and of settings that others may write.

    Args:
        path: the file.
        settings: what it holds.
        vendors: the vendors that it has settings for. Those of others are not imported.
        warnings: receives the warnings.
    """
    mode = path.stat().st_mode
    if mode & (stat.S_IRGRP | stat.S_IROTH) and (
        path.name == "secrets.toml" or _has_secret(settings, _secret_names(vendors))
    ):
        warnings.append(
            f"{path} holds secrets and can be read by other users of this machine: chmod 600 {path}"
        )
    for place in (path, path.parent):
        if place.stat().st_mode & stat.S_IWOTH:
            warnings.append(f"{place} can be written by other users of this machine: chmod o-w {place}")


def _has_secret(settings: Any, secrets: Collection[str], name: str = "") -> bool:
    if isinstance(settings, Mapping):
        return any(_has_secret(value, secrets, key) for key, value in settings.items())
    is_password = name == "url" and "@" in str(settings)
    return name in secrets or is_password


def _secret_names(vendors: Iterable[str]) -> frozenset[str]:
    models = (*(VENDORS[vendor].settings for vendor in vendors), *SECTIONS.values())
    return frozenset(name for model in models for name in secret_fields("", model))


def section_of(where: str, given: Any) -> Mapping[str, Any]:
    """The section itself; raises FixSettings where it is a plain value."""
    if not isinstance(given, Mapping):
        raise FixSettings("expected a section of settings.", do=f"For example [{where}].", where=where)
    return given


def _no_stray_section(tree: Mapping[str, Any]) -> None:
    """Other sections may be dlt's own; those that are ours but for a slip are not."""
    for name in tree.keys() - set(_OURS):
        close = difflib.get_close_matches(name, _OURS, 1, cutoff=0.8)
        meant = f"sources.{name}" if name in VENDORS else close[0] if close else ""
        if meant:
            raise FixSettings("no such section of settings.", do=f"Did you mean [{meant}]?", where=name)


def _toml(path: Path, warnings: list[str]) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        settings = tomllib.loads(path.read_text("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise FixSettings(f"{path} is no valid TOML: {error}", do="Correct the file.") from None
    except UnicodeDecodeError:
        raise FixSettings(f"{path} is no UTF-8 text.", do="Save it as UTF-8.") from None
    except OSError as error:
        raise FixSettings(
            f"{path} cannot be read: {error.strerror}.", do="Correct its permissions."
        ) from None
    sources = settings.get("sources")
    vendors = [name for name in sources if name in VENDORS] if isinstance(sources, dict) else []
    check_modes(path, settings, vendors, warnings)
    return settings


def _from_environment(env: Mapping[str, str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in sorted(env.items()):
        *sections, last = name.lower().split("__")
        if not sections:
            continue
        if sections[0] not in _OURS:
            _no_slip(name, sections, last)
            continue
        here = tree
        for part in sections:
            here = here.setdefault(part, {})
            if not isinstance(here, dict):
                raise FixSettings(f"{part} is a setting, and holds none.", do="Unset it.", where=name)
        here[last] = value
    return tree


def _no_slip(variable: str, sections: list[str], last: str) -> None:
    """``WAREHOUS__URL`` and ``SOURCE__BOSSDESK__API_KEY`` are refused; variables of other programs are not ours."""
    near = difflib.get_close_matches(sections[0], ("sources", "warehouse"), 1, cutoff=0.8)
    if near == ["sources"] and sections[1:2] and sections[1] in VENDORS:
        meant = "__".join(["sources", *sections[1:], last]).upper()
    elif near == ["warehouse"] and last in Warehousing.model_fields:
        meant = f"WAREHOUSE__{last.upper()}"
    else:
        return
    raise FixSettings("no such setting.", do=f"Did you mean {meant}?", where=variable)


def _merged(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(left)
    for name, value in right.items():
        mine = both.get(name)
        both[name] = (
            _merged(mine, value) if isinstance(mine, Mapping) and isinstance(value, Mapping) else value
        )
    return both


def no_unknown(section: str, given: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raises FixSettings for the first name that is not known, with the nearest."""
    for name in given:
        if name not in known:
            close = difflib.get_close_matches(name, list(known), 1)
            hint = f"Did you mean {section}.{close[0]}?" if close else f"Known here: {', '.join(known)}."
            raise FixSettings("no such setting.", do=hint, where=f"{section}.{name}")
