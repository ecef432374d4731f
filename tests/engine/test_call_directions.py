"""Calls of the engine go downwards: from the reader of a table to HTTP and to Arrow, and back only as results.

An import that the architecture allows says nothing of a function that is handed down and calls back into what is above.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from inspect import CO_GENERATOR
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from fieldhouse.sources.sandbox import SANDBOXES
from tests.support.sync_harness import duckdb_url, open_harness
from tests.support.vendors.vendor_suite import vendor
from tests.system.architecture import ROOT, edges, modules

__all__ = ["vendor"]

ENGINE = "sources/engine/"
Calls = set[tuple[str, str]]


@functools.cache
def place(code: CodeType) -> str:
    """The file of a function relative to the project; "" if it is no file of the engine."""
    _, _, inside = code.co_filename.partition(f"/{ENGINE}")
    return ENGINE + inside if inside else ""


@contextmanager
def recorded_calls() -> Iterator[Calls]:
    """The calls between files of the engine inside the block, in every thread that is started in it.

    What a library does in between counts as a part of the call. Taking the next value of a generator is no call.
    """
    calls: Calls = set()

    def record(frame: FrameType, event: str, argument: Any) -> None:
        if event != "call" or frame.f_code.co_flags & CO_GENERATOR or not (target := place(frame.f_code)):
            return
        caller = frame.f_back
        while caller and not place(caller.f_code):
            caller = caller.f_back
        if caller and place(caller.f_code) != target:
            calls.add((place(caller.f_code), target))

    threading.setprofile(record)
    sys.setprofile(record)
    try:
        yield calls
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]


@functools.cache
def import_graph() -> dict[str, set[str]]:
    """File of the product -> the files that it imports."""
    return edges({path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in modules()})


def reachable(graph: Mapping[str, set[str]], start: str) -> set[str]:
    """The files that a file imports, directly or through others."""
    known: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph.get(waiting.pop(), set()) - known
        known |= new
        waiting += new
    return known


def upward(calls: Calls, graph: Mapping[str, set[str]]) -> list[str]:
    """The calls into a file that imports the caller's, and that the caller's does not import."""
    return sorted(
        f"{caller} calls {target}"
        for caller, target in calls
        if caller in reachable(graph, target) and target not in reachable(graph, caller)
    )


def test_a_call_back_into_what_is_above_is_noticed() -> None:
    graph = {"reader": {"scan", "records"}, "scan": {"client"}}
    calls = {("reader", "scan"), ("scan", "client"), ("client", "reader"), ("scan", "records")}
    assert upward(calls, graph) == ["client calls reader"]


def test_no_call_goes_upwards(vendor: str, tmp_path: Path) -> None:
    """The one that is left is inside of HTTP: the connection tells the transport when it is about to send."""
    with (
        open_harness(SANDBOXES[vendor](size=0.02), duckdb_url(tmp_path), tmp_path) as made,
        recorded_calls() as calls,
    ):
        made.sync()
        made.sync(sweep=True)
    assert len(calls) > 50
    assert upward(calls, import_graph()) == [f"{ENGINE}http/connection.py calls {ENGINE}http/transport.py"]
