"""Reference pages of the documentation, generated from the declarations: tables, settings, commands, marts,
metrics.

May import: the command line, settings, the declared schema. Imported by the documentation's hook and by tests.
"""

from __future__ import annotations

from collections.abc import Mapping

from fieldhouse.pipelines.inspect.declared_schema import declared_tables
from fieldhouse.sources import VENDORS

from .diagram import diagram
from .program import commands, marts, semantic_metrics, settings
from .tables import table_pages, vendor_page


def pages() -> Mapping[str, str]:
    """Path below ``reference/`` without the suffix -> Markdown of the page."""
    of_vendors: dict[str, str] = {}
    for vendor in VENDORS.values():
        of_vendors[f"tables/{vendor.name}"] = vendor_page(vendor)
        for name, text in table_pages(vendor).items():
            of_vendors[f"tables/{vendor.name}/{name}"] = text
    own = {"settings": settings(), "commands": commands(), "marts": marts(), "metrics": semantic_metrics()}
    return {**own, **of_vendors}


def diagrams() -> Mapping[str, str]:
    """Path below ``reference/`` without the suffix -> the SVG of a vendor's tables and their relations."""
    return {f"tables/{name}": diagram(declared_tables(vendor)) for name, vendor in VENDORS.items()}
