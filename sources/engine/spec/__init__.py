"""What a vendor declares: its tables, rows, column types and settings. Knows `http` and `errors`, imports no more.

Vendors import from here, not from the modules inside.
"""

from .incremental import Incremental, ServerTime
from .reads import ByKey, Confirm, Detail, EmbeddedIn, OptionalList, Part, PerParent, Record, Window
from .row import Row, added, column
from .row_filter import RowFilter
from .table import DeclarationError, Table
from .text import json_text
from .vendor import Vendor

__all__ = [
    "ByKey",
    "Confirm",
    "DeclarationError",
    "Detail",
    "EmbeddedIn",
    "Incremental",
    "OptionalList",
    "Part",
    "PerParent",
    "Record",
    "Row",
    "RowFilter",
    "ServerTime",
    "Table",
    "Vendor",
    "Window",
    "added",
    "column",
    "json_text",
]
