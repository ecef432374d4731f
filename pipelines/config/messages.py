"""Messages of wrong settings: what was expected, with an example. Never the value: it may be a secret."""

from __future__ import annotations

import json
import re

from pydantic import BaseModel, ValidationError

from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.engine.spec.vendor import Vendor

from .account import vendor_named


class IncompleteSettings(FixSettings):
    """A setting that the section needs is not given."""


def first_problem(model: type[BaseModel], section: str, error: ValidationError) -> FixSettings:
    """The first thing that is wrong, without the value: it may be a secret."""
    problem = error.errors(include_input=False, include_url=False, include_context=False)[0]
    name = str(problem["loc"][0]) if problem["loc"] else ""
    where = f"{section}.{name}".rstrip(".")
    if problem["type"] == "missing":
        return IncompleteSettings("is missing.", do=example(model, section, name), where=where)
    text = problem["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    if problem["type"].startswith("bool"):
        text = "expected true or false"
    concerned = name or next((field for field in model.model_fields if re.search(rf"\b{field}\b", text)), "")
    error_type = IncompleteSettings if re.search(r"(^| )needs ", text) and not name else FixSettings
    return error_type(f"{text}.", do=example(model, section, concerned), where=where)


def example(model: type[BaseModel], section: str, name: str) -> str:
    known = model.model_fields.get(name)
    if known is None:
        return ""
    example = known.examples[0] if known.examples else known.default
    variable = f"{section.upper().replace('.', '__')}__{name.upper()}"
    what = known.description or "a setting"
    written = json.dumps(example, ensure_ascii=False)
    given = (
        ",".join(example)
        if isinstance(example, list)
        else str(example).lower()
        if example is True
        else example
    )
    return f"{name} is {what}. For example {variable}={given}, or {name} = {written} under [{section}]."


def needed_settings(vendor: Vendor) -> str:
    """The settings that a vendor needs, as text: ``base_url, api_key, or username and password``."""
    needed = [key for key, info in vendor.settings.model_fields.items() if info.is_required()]
    try:
        vendor.settings(**{key: vendor.settings.model_fields[key].examples[0] for key in needed})
    except ValidationError as error:
        needed.append(str(error.errors(include_url=False)[0]["msg"]).rpartition("needs ")[2])
    return ", ".join(needed)


def how_to_configure(name: str) -> str:
    """The next step for an account that is not configured."""
    vendor = vendor_named(name.partition(".")[0])
    return (
        f"Run 'fieldhouse init {vendor.name}', or put its credentials into .dlt/secrets.toml under [sources.{name}]"
        f" (needed: {needed_settings(vendor)})."
    )


def how_to_start() -> str:
    """The next step if no vendor is configured: every vendor with the settings that it needs."""
    vendors = "; ".join(f"{name} needs {needed_settings(vendor)}" for name, vendor in VENDORS.items())
    return f"Run 'fieldhouse init VENDOR': {vendors}. 'fieldhouse demo' needs no account."
