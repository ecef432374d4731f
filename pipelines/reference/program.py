"""Reference pages of settings, commands, marts and metrics, generated from their declarations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from fieldhouse.pipelines.config.sections import SECTIONS, Warehousing
from fieldhouse.pipelines.semantic_layer import metrics
from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.spec.account_settings import AccountSettings

from .text import cell

MARTS = Path(__file__).parents[2] / "warehouse" / "marts"


def settings() -> str:
    """Page of all settings with their variables, defaults and examples."""
    lines = [
        "# Settings",
        "",
        "In `.dlt/config.toml`, `.dlt/secrets.toml` (credentials; `chmod 600`) or the environment, which wins. "
        "A setting that is unknown or wrong stops a command before its first request.",
        "",
        "## warehouse",
        "",
        *_fields(Warehousing, "warehouse"),
        "",
        "## Every account",
        "",
        "Under `[sources.<vendor>]`, or `[sources.<vendor>.<name>]` for a further account of a vendor.",
        "",
        *_fields(AccountSettings, "sources.<vendor>"),
    ]
    common = set(AccountSettings.model_fields) - {"base_url"}
    for vendor in VENDORS.values():
        lines += ["", f"## {vendor.title}", "", *_fields(vendor.settings, f"sources.{vendor.name}", common)]
    for name, model in SECTIONS.items():
        lines += ["", f"## {name}", "", *_fields(model, name)]
    return "\n".join(lines) + "\n"


def _fields(model: Any, section: str, without: Iterable[str] = ()) -> Iterator[str]:
    yield from (
        "| setting | environment | description | default | example |",
        "| --- | --- | --- | --- | --- |",
    )
    for name, known in model.model_fields.items():
        if name in without:
            continue
        variable = f"{section}.{name}".upper().replace(".", "__")
        default = (
            "required" if known.is_required() else _default(known.get_default(call_default_factory=True))
        )
        example = f"`{json.dumps(known.examples[0], ensure_ascii=False)}`" if known.examples else ""
        yield f"| `{name}` | `{variable}` | {cell(known.description or '')} | {default} | {cell(example)} |"


def _default(value: Any) -> str:
    if value in (None, "", [], {}):
        return ""
    if hasattr(value, "total_seconds"):
        hours = value.total_seconds() / 3600
        return f"`{hours / 24:g}d`" if hours % 24 == 0 and hours > 24 else f"`{hours:g}h`"
    return f"`{value.get('*', value)}`" if isinstance(value, dict) else f"`{value}`"


def commands() -> str:
    """Page of all commands with their arguments and options."""
    import typer

    from fieldhouse.pipelines.cli.app import app

    lines = ["# Commands", ""]
    group = typer.main.get_command(app)
    lines += [f"{group.help}", "", f"{group.epilog or ''}"]
    for name, command in sorted(_leaves("fieldhouse", group)):
        lines += ["", f"## {name}", "", command.help or "", "", *_parameters(command)]
    return "\n".join(lines) + "\n"


def _leaves(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    for word, inner in getattr(command, "commands", {}).items():
        yield from _leaves(f"{name} {word}", inner)
    if not hasattr(command, "commands"):
        yield name, command


def _parameters(command: Any) -> Iterator[str]:
    shown = [option for option in command.params if getattr(option, "help", "") and option.name != "help"]
    if shown:
        yield from ("| | |", "| --- | --- |")
    for option in shown:
        is_argument = option.param_type_name == "argument"
        name = (option.metavar or option.name.upper()) if is_argument else option.opts[0]
        yield f"| `{name}` | {cell(option.help)} |"


def marts() -> str:
    """Page of all marts with their grain and columns, as the dbt project documents them."""
    import yaml  # type: ignore[import-untyped]

    models: dict[str, Any] = {}
    for path in sorted((MARTS / "models" / "marts").rglob("*.yml")):
        for model in (yaml.safe_load(path.read_text("utf-8")) or {}).get("models", []):
            models[model["name"]] = model
    lines = [
        "# Marts",
        "",
        "Models for analysts in the schema `marts`, created by `fieldhouse build`. Rows of a vendor that is not "
        "configured are absent. Times are UTC; `time_zone` is the account's.",
    ]
    for name, model in sorted(models.items()):
        lines += ["", f"## {name}", "", str(model.get("description", "")).strip(), ""]
        lines += ["| column | description |", "| --- | --- |"]
        lines += [f"| `{c['name']}` | {cell(c.get('description', ''))} |" for c in model.get("columns", [])]
    return "\n".join(lines) + "\n"


def semantic_metrics() -> str:
    """Page of all metrics of the semantic layer with their definitions and SQL."""
    lines = [
        "# Metrics",
        "",
        "Each metric is defined once, in the dbt package's semantic layer ([Semantic layer](../semantic-layer.md)). "
        "The dashboard's totals are written from these definitions.",
        "",
        "| metric | definition | unit | SQL | of the mart | day |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for metric in metrics().values():
        cells = (f"{cell(metric.label)}: {cell(metric.description)}", metric.unit, f"`{cell(metric.sql)}`")
        lines.append(f"| `{metric.name}` | {' | '.join(cells)} | `{metric.mart}` | `{metric.day}` |")
    return "\n".join(lines) + "\n"
