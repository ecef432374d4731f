"""The architecture as data: which package may import which, and what a source tree does against it.

``python -m tests.system.architecture`` prints every breach.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("pipelines", "sources", "warehouse")
NAMELESS = frozenset({"utils", "helpers", "common", "misc", "base"})
MOST_FILES, MOST_LINES = 16, 350

ENGINE_ERRORS = ("sources/engine/errors", "sources/engine/redact", "sources/engine/startup")
ENGINE = (
    *ENGINE_ERRORS,
    *(
        f"sources/engine/{name}"
        for name in ("http", "spec", "normalize", "changes", "extract", "load", "plan")
    ),
)
WAREHOUSE_ERRORS = ("warehouse/errors",)
OPEN_WAREHOUSE = ("warehouse/errors", "warehouse/connect", "warehouse/backends")
WAREHOUSE = (
    *OPEN_WAREHOUSE,
    "warehouse/unrecorded_runs",
    "warehouse/model",
    "warehouse/session",
    "warehouse/publish",
    "warehouse/merge",
)
SOURCES = ("sources", *ENGINE)
SYNC = ("pipelines/errors", "pipelines/config", *SOURCES, *WAREHOUSE)

ALLOWED: Mapping[str, tuple[str, ...]] = {
    "sources/engine/errors": (),
    "sources/engine/redact": (),
    "sources/engine/startup": (),
    "sources/engine/http": ENGINE[:3],
    "sources/engine/spec": ENGINE[:4],
    "sources/engine/normalize": ENGINE[:5],
    "sources/engine/changes": ENGINE[:6],
    "sources/engine/extract": ENGINE[:7],
    "sources/engine/load": (*ENGINE_ERRORS, "sources/engine/normalize"),
    "sources/engine/plan": (*ENGINE[:8],),
    "sources/engine": (),
    "sources/sandbox": (),
    "sources": ("sources/engine/spec",),
    "pipelines/errors": (*ENGINE_ERRORS, *WAREHOUSE_ERRORS),
    "pipelines/config": ("pipelines/errors", *SOURCES, *OPEN_WAREHOUSE),
    "pipelines/sync": SYNC,
    "pipelines/dlt_source": (*SYNC, "pipelines/sync"),
    "pipelines/output": (
        "pipelines/errors",
        "pipelines/empty_columns",
        "pipelines/sync",
        *SOURCES,
        *WAREHOUSE_ERRORS,
    ),
    "pipelines/inspect": (*SYNC, "pipelines/sync"),
    "pipelines/monitoring": (*SYNC, "pipelines/sync", "pipelines/output", "pipelines/inspect"),
    "pipelines/schedules": (*SYNC, "pipelines/sync", "pipelines/inspect", "pipelines/output"),
    "pipelines/parsed_marts": (),
    "pipelines/empty_columns": (),
    "pipelines/build_report": ("pipelines/empty_columns",),
    "pipelines/marts_changes": ("warehouse/session",),
    "pipelines/build_marts": (
        "pipelines/errors",
        "pipelines/config",
        "pipelines/parsed_marts",
        "pipelines/build_report",
        "pipelines/empty_columns",
        "pipelines/marts_changes",
        "pipelines/sync",
        *ENGINE_ERRORS,
        *WAREHOUSE,
    ),
    "pipelines/commands": (
        *SYNC,
        *(f"pipelines/{name}" for name in ("sync", "output", "inspect", "monitoring")),
        "pipelines/build_marts",
        "pipelines/empty_columns",
        "sources/sandbox",
        "warehouse/dashboard",
    ),
    "pipelines/cli": (
        "pipelines/commands",
        "pipelines/output",
        "pipelines/config",
        "pipelines/errors",
        *SOURCES,
    ),
    "pipelines/reference": (
        "pipelines/cli",
        "pipelines/config",
        "pipelines/inspect",
        "pipelines/semantic_layer",
        *SOURCES,
    ),
    "pipelines/semantic_layer": (),
    "pipelines/dbt_sources": SOURCES,
    "pipelines": (),
    "warehouse/errors": (),
    "warehouse/unrecorded_runs": (),
    "warehouse/model": (),
    "warehouse/drivers": WAREHOUSE_ERRORS,
    "warehouse/metadata": ("warehouse/errors", "warehouse/model", "warehouse/drivers"),
    "warehouse/merge": ("warehouse/errors", "warehouse/model", "warehouse/drivers", "warehouse/metadata"),
    "warehouse/session": (
        "warehouse/errors",
        *(f"warehouse/{name}" for name in ("model", "drivers", "metadata", "merge")),
    ),
    "warehouse/backends": (
        "warehouse/errors",
        *(f"warehouse/{name}" for name in ("drivers", "metadata", "session")),
    ),
    "warehouse/connect": ("warehouse/errors", "warehouse/backends", "warehouse/session"),
    "warehouse/publish": ("warehouse/errors", "warehouse/backends", "warehouse/connect"),
    "warehouse/dashboard": (*OPEN_WAREHOUSE, "warehouse/drivers", "warehouse/unrecorded_runs"),
    "warehouse": (),
}
"""Package or single module -> what it may import of ours, itself aside. A vendor's folder: `VENDOR`."""

VENDOR = (*ENGINE_ERRORS[:2], "sources/engine/http", "sources/engine/spec")

LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "dlt": (
        "sources/engine/load",
        "pipelines/dlt_source",
    ),
    "httpx": ("sources/engine/http", "sources/sandbox"),
    "typer": ("pipelines/cli", "pipelines/reference"),
    "duckdb": ("warehouse/drivers", "warehouse/backends"),
    "psycopg2": ("warehouse/drivers", "warehouse/backends"),
    "adbc_driver_postgresql": ("warehouse/drivers", "warehouse/backends"),
}
"""Library -> the packages that may import it."""


def modules(root: Path = ROOT) -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (root / folder).rglob("*.py"))


def vendors(root: Path = ROOT) -> list[str]:
    """The vendors' folders: every package under sources/ that is neither the engine nor the sandboxes."""
    names = (path.parent.name for path in (root / "sources").glob("*/__init__.py"))
    return sorted(set(names) - {"engine", "sandbox"})


def imports(place: str, source: str) -> Iterator[str]:
    """The absolute names of everything that the module at ``place`` imports, type checking included."""
    package = ("fieldhouse", *place.removesuffix(".py").split("/"))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level] if node.level else ()
            stem = ".".join((*base, *([node.module] if node.module else [])))
            yield stem
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def package_of(place: str) -> str:
    """The longest entry of `ALLOWED`, or the vendor's folder, to which a module belongs."""
    name = place.removesuffix(".py").removesuffix("/__init__")
    while name not in ALLOWED:
        if name.count("/") == 1 and name.startswith("sources/"):
            return name
        name = name.rpartition("/")[0]
    return name


def _own(name: str, files: frozenset[str]) -> str | None:
    """The file that an import names, ``sources/engine/errors.py``; None if it is not one of ours."""
    if not name.startswith("fieldhouse."):
        return None
    path = name.removeprefix("fieldhouse.").replace(".", "/")
    return next((file for file in (f"{path}.py", f"{path}/__init__.py") if file in files), None)


def edges(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """File -> the files of ours that it imports."""
    files = frozenset(sources)
    graph: dict[str, set[str]] = {}
    for place, source in sources.items():
        targets = {_own(name, files) for name in imports(place, source)}
        graph[place] = {target for target in targets if target and target != place}
        # `from .package import module` names the package first: only the module counts
        graph[place] -= {
            target
            for target in graph[place]
            if target.endswith("/__init__.py")
            and any(other.startswith(target.removesuffix("__init__.py")) for other in graph[place] - {target})
        }
    return graph


def breaches(sources: Mapping[str, str]) -> list[str]:
    """Every import that `ALLOWED`, `VENDOR` or `LIBRARIES` does not allow."""
    lines = []
    for place, targets in edges(sources).items():
        package = package_of(place)
        allowed = ALLOWED.get(package, VENDOR)
        for target in sorted(targets):
            other = package_of(target)
            if other != package and other not in allowed:
                lines.append(f"{place} imports {target}")
    for place, source in sources.items():
        for name in sorted({name.partition(".")[0] for name in imports(place, source)} & set(LIBRARIES)):
            if not any(place.startswith((f"{folder}/", f"{folder}.")) for folder in LIBRARIES[name]):
                lines.append(f"{place} imports {name}")
    return sorted(lines)


def cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The strongly connected groups of more than one node (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in sorted(graph.get(node, ())):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            group = []
            while not group or group[-1] != node:
                group.append(stack.pop())
            if len(group) > 1:
                groups.append(sorted(group))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return groups


def package_edges(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The same graph between packages."""
    packages: dict[str, set[str]] = defaultdict(set)
    for place, targets in graph.items():
        package = package_of(place)
        packages[package] |= {package_of(target) for target in targets} - {package}
    return packages


def _sized_files(root: Path) -> list[Path]:
    """The Python files whose length and number are limited: those of the tests too."""
    return sorted(path for folder in (*FOLDERS, "tests") for path in (root / folder).rglob("*.py"))


def crowded(root: Path = ROOT) -> list[str]:
    """Folders with too many Python files; row declarations aside."""
    counts: dict[Path, int] = defaultdict(int)
    for path in _sized_files(root):
        if not path.name.startswith("rows"):
            counts[path.parent] += 1
    return sorted(
        f"{path.relative_to(root)}: {count} files" for path, count in counts.items() if count > MOST_FILES
    )


def long_files(root: Path = ROOT) -> list[str]:
    """Files with too many lines."""
    lengths = ((path, len(path.read_text("utf-8").splitlines())) for path in _sized_files(root))
    return [f"{path.relative_to(root)}: {lines} lines" for path, lines in lengths if lines > MOST_LINES]


def tree(root: Path = ROOT) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in modules(root)}


def report(root: Path = ROOT) -> list[str]:
    """Everything that the tree does against the architecture."""
    graph = edges(tree(root))
    rings = [*cycles(graph), *cycles(package_edges(graph))]
    return [
        *breaches(tree(root)),
        *(f"cycle: {' · '.join(ring)}" for ring in rings),
        *crowded(root),
        *long_files(root),
    ]


if __name__ == "__main__":
    print("\n".join(report()) or "ok")
