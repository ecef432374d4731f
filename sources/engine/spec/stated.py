"""Values whose type the vendor states in the answer, as XML with ``type`` attributes does.

Such a value is its text, and its class is the type: an undeclared column gets that type instead of what its values look
like. A declared column reads it as any other text. Hashes and JSON see the text.
"""

from __future__ import annotations

from typing import ClassVar

from .row import ColumnType


class Stated(str):
    """The text of a value, as sent."""

    column_type: ClassVar[ColumnType] = ColumnType.TEXT


class StatedDecimal(Stated):
    """A number with its digits."""

    column_type = ColumnType.DECIMAL


class StatedTimestamp(Stated):
    """A date and a time, with an offset or in UTC."""

    column_type = ColumnType.TIMESTAMP


class StatedDate(Stated):
    """A date."""

    column_type = ColumnType.DATE
