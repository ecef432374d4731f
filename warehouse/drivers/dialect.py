"""Dialects: the SQL expressions in which databases differ, and the types that they share by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class Dialect(Protocol):
    """How a database writes what others write differently. Every method returns SQL text and asks no database.

    Attributes:
        name: as dlt and dbt call the database.
        types: logical type -> the type's name in this database.
        row_limit: bytes that the fixed part of a row may take; None if there is no limit.
        small_load_format: the format in which dlt lands a table of few rows fastest.
        session_settings: the first statement of every connection that has another client than ours, such as dlt's.
    """

    name: str
    types: Mapping[str, str]
    row_limit: int | None
    small_load_format: str
    session_settings: str

    def logical(self, native: str) -> str:
        """The logical type of a column type's name; text for a type that is not one of ours."""

    def try_cast(self, value: str, kind: str) -> str:
        """The value as a logical type. The value is a number, or a text of the form that the type has."""

    def try_parse(self, value: str, kind: str) -> str:
        """A text as date, timestamp or double, null if it is none, such as 30 February; 1e999 may be infinite."""

    def matches(self, value: str, pattern: str) -> str:
        """True if a text has the form of a regular expression."""

    def timestamp_text(self, value: str) -> str:
        """A timestamp as ISO text in UTC with microseconds."""

    def double_text(self, value: str) -> str:
        """A double as the text that ``float_text`` of the sources gives it: ``5.0``, ``1e+16``, ``NaN``."""

    def to_json(self, value: str) -> str:
        """A value as JSON; a text becomes a JSON string."""

    def parse_json(self, value: str) -> str:
        """A text parsed as JSON; a JSON string if it is no JSON."""

    def comparable_json(self, value: str) -> str:
        """A JSON value in a form that is equal for objects whose keys are ordered differently."""

    def temporary(self, name: str) -> str:
        """The quoted name of a temporary table of the connection."""

    def key_constraint(self, columns: Sequence[str]) -> str:
        """The primary key as part of a CREATE TABLE; empty if the database gains nothing from it."""

    def index(self, ref: str, columns: Sequence[str]) -> str:
        """A statement that creates an index; empty if the database gains nothing from it."""

    def upsert(self, ref: str, values: str, columns: Sequence[str], key: str) -> str:
        """One statement that updates the rows of a table by their key and inserts those that it lacks.

        Args:
            values: the rows as the list of a VALUES clause.
            columns: what a row has, in order.
            key: the column by which rows are the same; the table need not have a constraint on it.
        """


def logical_type(native: str, names: Mapping[str, str]) -> str:
    """The logical type of a type's name as a catalogue gives it, without its length or precision."""
    kind = native.upper().partition("(")[0].strip()
    return "timestamp" if kind.startswith("TIMESTAMP") else names.get(kind, "text")
