"""The command ``init``: write the settings files for the named vendors, ask for credentials, and check them."""

from __future__ import annotations

import getpass
import json
import os
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fieldhouse.pipelines.config.account import vendor_named
from fieldhouse.pipelines.config.messages import IncompleteSettings, needed_settings
from fieldhouse.pipelines.config.secret_sources import secret_fields
from fieldhouse.pipelines.output.console import is_terminal, print_line
from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.engine.spec.vendor import Vendor

Ask = Callable[[str, bool], str]
"""Asks for a setting by a prompt; the second argument is True for a secret."""
_IGNORED = (".dlt/secrets.toml", "*.duckdb", "*.duckdb.*")
_CONFIG = """# Settings of fieldhouse without secrets. https://dlthub.com/docs reads the same files.
[runtime]
dlthub_telemetry = false

[warehouse]
url = "duckdb:///fieldhouse.duckdb"
"""
_SECRETS = '# Secrets of fieldhouse. Each can also be given as a file: api_key_file = "/run/secrets/key".\n'


def run(
    names: Sequence[str],
    check: Callable[[list[str]], int],
    *,
    folder: Path | None = None,
    ask: Ask | None = None,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Write the files and check the accounts that have their credentials; the exit code of the check, or 0.

    Args:
        check: runs the command ``check`` for vendors.
        folder: the project's folder, the working directory by default.
        ask: asks for a setting; by default on a terminal, and not otherwise.

    Raises:
        FixSettings: no vendor is named, a file cannot be read or written, or a setting that is there is wrong.
    """
    if not names:
        needed = "; ".join(f"{name} needs {needed_settings(vendor)}" for name, vendor in VENDORS.items())
        raise FixSettings(
            f"name the vendors to set up. {needed}.",
            do=f"For example 'fieldhouse init {next(iter(VENDORS))}'.",
        )
    vendors = [vendor_named(name) for name in dict.fromkeys(names)]
    if ask is None and is_terminal(sys.stdin):
        ask = _prompt
    project = (folder or Path(environment.get("DLT_PROJECT_DIR", "."))).resolve()
    try:
        _write_files(project, vendors, ask, environment)
    except OSError as error:
        raise FixSettings(
            f"{error.filename} cannot be written: {error.strerror}.", do="Correct its permissions."
        ) from None
    ready = [vendor.name for vendor in vendors if _is_complete(project, vendor, environment)]
    for vendor in vendors:
        if vendor.name not in ready:
            print_line(
                f"{vendor.name}: fill in {needed_settings(vendor)} under [sources.{vendor.name}] in"
                f" .dlt/secrets.toml, then run 'fieldhouse check {vendor.name}'"
            )
    return check(ready) if ready else 0


def _write_files(
    project: Path, vendors: Sequence[Vendor], ask: Ask | None, environment: Mapping[str, str]
) -> None:
    settings = project / ".dlt"
    settings.mkdir(mode=0o755, exist_ok=True)
    secrets, config = settings / "secrets.toml", settings / "config.toml"
    present = _sources(secrets), _sources(config)
    _append(config, "" if config.exists() else _CONFIG, 0o644)
    _append(secrets, "" if secrets.exists() else _SECRETS, 0o600)
    for vendor in vendors:
        if any(vendor.name in sources for sources in present):
            print_line(f"{vendor.name}: [sources.{vendor.name}] is there already and stays as it is")
            continue
        values = _asked(vendor, ask) if ask and not _in_environment(vendor, environment) else {}
        section = _section(vendor, values)
        _check_addition(secrets, vendor, section)
        _append(secrets, section, 0o600)
    ignored = project / ".gitignore"
    text = ignored.read_bytes().decode("utf-8", "replace") if ignored.exists() else ""
    lines = text.splitlines()
    missing = [line for line in _IGNORED if line not in lines]
    if missing:
        separator = "\n" if lines and text[-1:] != "\n" else ""
        _append(ignored, separator + "".join(f"{line}\n" for line in missing), 0o644)


def _sources(path: Path) -> Mapping[str, Any]:
    if not path.exists():
        return {}
    try:
        sources = tomllib.loads(path.read_text("utf-8-sig")).get("sources", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FixSettings(
            f"{path} is no valid TOML: {error}", do="Correct the file, or move it away."
        ) from None
    return sources if isinstance(sources, Mapping) else {}


def _check_addition(path: Path, vendor: Vendor, section: str) -> None:
    """Raises FixSettings if the file cannot have another section: its sources may be an inline table."""
    try:
        tomllib.loads(path.read_text("utf-8-sig") + section)
    except tomllib.TOMLDecodeError:
        raise FixSettings(
            f"{path}: no section can be added to its sources.",
            do=f"Write them as sections, such as [sources.{vendor.name}].",
        ) from None


def _append(path: Path, text: str, mode: int) -> None:
    """Add text to the end of a file; a new file gets ``mode``, and no other user ever reads a secret of it."""
    if not text:
        return
    is_new = not path.exists()
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, mode), "a", encoding="utf-8") as file:
        file.write(text)
    if is_new or mode == 0o600:
        path.chmod(mode)
    if is_new:
        print_line(f"wrote {path.name if path.parent.name != '.dlt' else f'.dlt/{path.name}'}")


def _credentials(vendor: Vendor) -> list[str]:
    """The settings to ask for: required ones, then those of other ways to sign in."""
    fields = vendor.settings.model_fields
    required = [name for name, field in fields.items() if field.is_required()]
    secret = set(secret_fields(f"sources.{vendor.name}", vendor.settings)) - {"hash_key"}
    optional = [name for name in fields if name in secret or name in ("username", "user_id", "app_id")]
    return list(dict.fromkeys(["base_url", *required, *optional]))


def _asked(vendor: Vendor, ask: Ask) -> dict[str, str]:
    """What a person answers, until the vendor's settings are complete; an empty answer skips a setting."""
    values: dict[str, str] = {}
    secret = secret_fields(f"sources.{vendor.name}", vendor.settings)
    for name in _credentials(vendor):
        if _complete(vendor, values) and name != "base_url":
            continue
        field = vendor.settings.model_fields[name]
        known = f"; Enter for {field.default}" if name == "base_url" and not field.is_required() else ""
        answer = ask(f"{vendor.title}, {name} ({field.description or name}{known}): ", name in secret).strip()
        if answer:
            values[name] = answer
    return values


def _complete(vendor: Vendor, values: Mapping[str, Any]) -> bool:
    try:
        vendor.settings(**values)
    except ValidationError:
        return False
    return True


def _section(vendor: Vendor, values: Mapping[str, str]) -> str:
    lines = ["", f"[sources.{vendor.name}]"]
    for name in _credentials(vendor):
        field = vendor.settings.model_fields[name]
        if name in values:
            lines.append(f"{name} = {json.dumps(values[name], ensure_ascii=False)}")
        elif field.is_required() or (name != "base_url" and not _complete(vendor, values)):
            example = json.dumps(field.examples[0] if field.examples else "", ensure_ascii=False, default=str)
            lines.append(f"# {name} = {example}  # {field.description or name}")
    return "\n".join([*lines, ""])


def _in_environment(vendor: Vendor, environment: Mapping[str, str]) -> bool:
    prefix = f"SOURCES__{vendor.name.upper()}__"
    return any(name.upper().startswith(prefix) for name in environment)


def _is_complete(project: Path, vendor: Vendor, environment: Mapping[str, str]) -> bool:
    from fieldhouse.pipelines.config.settings import load

    try:
        return bool(load(environment, project, only=[vendor.name]).accounts)
    except IncompleteSettings:
        return False


def _prompt(text: str, is_secret: bool) -> str:
    """The answer; none where the input ends (Ctrl-D)."""
    try:
        return getpass.getpass(text) if is_secret else input(text)
    except EOFError:
        print_line()
        return ""
