"""Text of Markdown pages."""

from __future__ import annotations


def cell(text: str) -> str:
    """Text as a cell of a Markdown table."""
    return " ".join(str(text).split()).replace("|", "\\|")
