"""MkDocs' hook: puts the reference pages, made from the declarations, among the files of the site."""

from __future__ import annotations

from typing import Any

from mkdocs.structure.files import File, Files

from fieldhouse.pipelines.reference import diagrams, pages


def on_files(files: Files, *, config: Any) -> Files:
    """Called by MkDocs once the files of the docs folder are known."""
    for path, text in pages().items():
        files.append(File.generated(config, f"reference/{path}.md", content=text))
    for path, image in diagrams().items():
        files.append(File.generated(config, f"reference/{path}.svg", content=image))
    return files
