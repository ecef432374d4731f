"""Docstrings name what is there: attributes of the class, parameters of the function."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(
    file.relative_to(ROOT).as_posix()
    for folder in ("sources", "pipelines", "warehouse", "tests")
    for file in (ROOT / folder).rglob("*.py")
)


def listed(docstring: str, title: str) -> set[str]:
    """The names that a section of a docstring explains."""
    lines = docstring.splitlines()
    if f"{title}:" not in lines:
        return set()
    section = lines[lines.index(f"{title}:") + 1 :]
    end = next((number for number, line in enumerate(section) if line and not line.startswith(" ")), None)
    entries = (re.match(r" {4}(\w[\w, ]*):(?: |$)", line) for line in section[:end])
    return {name.strip() for entry in entries if entry for name in entry[1].split(",")}


def assigned(node: ast.AST) -> set[str]:
    """The names and attributes that a class or its methods assign, and its methods."""
    names = {inner.name for inner in ast.walk(node) if isinstance(inner, ast.FunctionDef)}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            names.add(inner.id)
        if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store):
            names.add(inner.attr)
    return names


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """The names of a function's parameters."""
    return {inner.arg for inner in ast.walk(function.args) if isinstance(inner, ast.arg)}


def unknown_names(tree: ast.AST) -> Iterator[str]:
    """Names in docstrings that their class or function does not have."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            docstring, names = ast.get_docstring(node) or "", assigned(node)
            arguments = names.union(
                *(parameters(method) for method in node.body if isinstance(method, ast.FunctionDef))
            )
            yield from sorted(listed(docstring, "Attributes") - names | listed(docstring, "Args") - arguments)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from sorted(listed(ast.get_docstring(node) or "", "Args") - parameters(node))


@pytest.mark.parametrize("folder", ["sources", "pipelines", "warehouse", "tests"])
def test_names_in_docstrings_are_names_in_the_code(folder: str) -> None:
    unknown = {
        file: names
        for file in FILES
        if file.startswith(f"{folder}/")
        if (names := list(unknown_names(ast.parse((ROOT / file).read_text()))))
    }
    assert unknown == {}


def test_a_name_that_was_changed_is_found() -> None:
    source = '''
class Table:
    """A table.

    Attributes:
        path: where it is.
        shape: changes a record:
            all of it.
    """

    path: str

    def read(self, request):
        """Read.

        Args:
            ask: what to read.

        Returns:
            none: nothing.
        """
'''
    assert list(unknown_names(ast.parse(source))) == ["shape", "ask"]
