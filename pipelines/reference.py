"""Reference pages of the documentation, generated from the declarations: tables, settings, commands, marts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fieldhouse.pipelines.config.sections import SECTIONS, Warehousing
from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.spec.account_settings import AccountSettings
from fieldhouse.sources.engine.spec.row import Declaration, declared
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.sources.engine.spec.vendor import Vendor

MARTS = Path(__file__).parent.parent / "warehouse" / "marts"
_HOW = {
    "full": "read in full by every sync and compared row by row",
    "incremental": "read with an incremental filter, after the filter check",
    "incremental+detail": "read with an incremental filter, then one request per changed row",
    "window": "read by date windows",
    "per-parent": "read once for each row of the parent table",
    "derived": "taken from the rows of other tables",
}
_DELETES = {
    "full-scan": "a sweep of all keys detects deletes",
    "window-scan": "a sweep of all windows detects deletes",
    "replace-per-parent": "each read of a parent replaces its rows",
    "deleted-flag": "the vendor flags deleted rows",
    "never": "rows are never marked deleted",
}


def pages() -> Mapping[str, str]:
    """Path below ``reference/`` without the suffix -> Markdown of the page."""
    return {
        "settings": settings(),
        "commands": commands(),
        "marts": marts(),
        **{f"tables/{vendor.name}": tables(vendor) for vendor in VENDORS.values()},
    }


def tables(vendor: Vendor) -> str:
    """Page of a vendor's tables with their columns."""
    lines = [
        f"# {vendor.title}",
        "",
        f"{len(vendor.tables)} tables in the schema `{vendor.name}` (a further account has its own: "
        f"`{vendor.name}_emea`). Every table also has `_synced_at`, `_deleted_at`, `_row_hash` and `_dlt_load_id`; "
        "child tables have `_parent_id` and `_list_index`. Undeclared fields that the vendor sends become columns "
        "in the same run.",
    ]
    for table in vendor.tables:
        lines += ["", f"## {table.name}", "", _about(table), "", *_columns(declared(table.row), table.key)]
        for name, children in _children(table.name, declared(table.row)):
            lines += ["", f"### {name}", "", *_columns(children, ())]
    return "\n".join(lines) + "\n"


def _about(table: Table) -> str:
    key = ", ".join(f"`{column}`" for column in table.key)
    grain = f"{table.grain[:1].upper()}{table.grain[1:]}" if table.grain else "One row per record"
    return f"{grain}. Key: {key}. Path: `{table.path}`; {_HOW[table.strategy]}; {_DELETES[table.deletes]}."


def _columns(columns: Iterable[Declaration], key: Sequence[str]) -> Iterator[str]:
    yield from ("| column | type | description |", "| --- | --- | --- |")
    for column in columns:
        if column.type is not None:
            name = f"**`{column.name}`**" if column.name in key else f"`{column.name}`"
            yield f"| {name} | {column.type.value} | {_cell(_meaning(column))} |"


def _meaning(column: Declaration) -> str:
    parts = [
        column.description,
        f"in {column.unit}" if column.unit else "",
        f"zone: {column.zone}" if column.zone else "",
        f"→ `{column.references}`" if column.references else "",
        f"such as `{column.example}`" if column.example not in (None, "") else "",
        "personal" if column.personal else "",
    ]
    return "; ".join(part for part in parts if part)


def _children(above: str, columns: Iterable[Declaration]) -> Iterator[tuple[str, Sequence[Declaration]]]:
    for column in columns:
        if column.type is None:
            name = f"{above}__{column.name}"
            yield name, column.children
            yield from _children(name, column.children)


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
        yield f"| `{name}` | `{variable}` | {_cell(known.description or '')} | {default} | {_cell(example)} |"


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
        yield f"| `{name}` | {_cell(option.help)} |"


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
        lines += [f"| `{c['name']}` | {_cell(c.get('description', ''))} |" for c in model.get("columns", [])]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")
