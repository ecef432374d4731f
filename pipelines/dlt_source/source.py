"""Sources: one ``DltSource`` per account, with a resource for each table of the vendor."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import dlt
from dlt.common import logger
from dlt.extract import DltResource, DltSource

from fieldhouse.pipelines.config.account import Account
from fieldhouse.pipelines.sync.loader import apply_settings
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.spec.table import Table

from .destination import DestinationRows, effective_disposition, stored_tables
from .hints import as_text, table_hints
from .limits import limit_of, passing_limit, refuse_incremental, refuse_name, refuse_strategy
from .partial_files import remove_partial_files
from .resource import STATE, Emitter, failed
from .shared_dataset import refuse_shared_tables
from .table_names import table_names
from .vendor_run import VendorRun

CONTRACTS: dict[str, Any] = {
    "evolve": {"tables": "evolve", "columns": "evolve", "data_type": "evolve"},
    "freeze": {"tables": "evolve", "columns": "freeze", "data_type": "freeze"},
    "discard": {"tables": "evolve", "columns": "discard_value", "data_type": "discard_value"},
}
"""``schema_drift`` -> dlt's schema contract."""


class Turns:
    """Counts the threads that work at the same time."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._working = self._waiting = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Work in this thread."""
        with self._changed:
            self._working += 1
        try:
            yield
        finally:
            with self._changed:
                self._working -= 1
                self._waiting = min(self._waiting, self._working)
                self._changed.notify_all()

    def await_others(self) -> None:
        """Wait until every thread that works waits here too; those that came here first leave together."""
        with self._changed:
            self._waiting += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._working <= self._waiting)


@dataclass
class Runs:
    """The runs of one source: one for each load, shared by its resources while they are extracted."""

    account: Account
    options: Options
    on_error: str
    _load_id: str = ""
    _run: VendorRun | None = None
    _error: Exception | None = None
    _waiting: set[str] = field(default_factory=set)
    _spared: dict[DltResource, Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _turns: Turns = field(default_factory=Turns)

    def started(self, load_id: str) -> VendorRun:
        """The run of a load, in one of dlt's threads; raises as `turn`."""
        run: VendorRun = self.turn(lambda: self.of_load(load_id))
        return run

    def of_load(self, load_id: str) -> VendorRun:
        """The run of a load; the first resource that is extracted starts it."""
        with self._lock:
            if load_id != self._load_id:
                self.close()
                self._load_id, self._error = load_id, None
            if self._run is None:
                if self._error is not None:
                    raise self._error
                self._run = self._start()
            return self._run

    def _start(self) -> VendorRun:
        source, pipeline = dlt.current.source(), dlt.current.pipeline()
        selected = source.resources.selected
        for resource, disposition in self._spared.items():
            resource.apply_hints(write_disposition=disposition)
        self._spared.clear()
        inventory = {table.name for table in self.account.vendor.tables}
        own = {
            resource.name: resource for resource in source.resources.extracted if resource.name in inventory
        }
        names = table_names(own, source.schema.naming)
        for resource in own.values():
            refuse_incremental(resource)
            refuse_strategy(resource)
        refuse_shared_tables(pipeline, source.schema, set(map(names.stored, own)))
        capabilities = pipeline._get_destination_capabilities()
        self._waiting = set(own)
        dispositions = {
            name: effective_disposition(resource, capabilities) for name, resource in selected.items()
        }
        package = dlt.current.load_package_state()["state"]
        dropped = {table["name"] for table in package.get("dropped_tables", ())}
        truncated = {table["name"] for table in package.get("truncated_tables", ())}
        tables = stored_tables(pipeline, source.name, names, dropped)
        appends = {name for name in tables if dispositions.get(name.partition("__")[0], "append") == "append"}
        for file in remove_partial_files(pipeline, source.name, list(map(names.stored, tables))):
            logger.warning(f"removed {file}, which a load that was killed left half written")
        stored = DestinationRows(pipeline, source.name, tables, appends, names)
        states = {}
        for name, state in dlt.current.source_state().get("resources", {}).items():
            is_current = stored.has(name) or "not_offered_at" in state.get(STATE, {})
            if STATE in state and dispositions.get(name) != "replace" and is_current:
                states[name] = state[STATE]
        replaced = {name for name, disposition in dispositions.items() if disposition == "replace"}
        for name in tables:
            if name.partition("__")[0] in replaced or names.stored(name) in truncated:
                stored.forgotten.add(name)
        limits = {name: limit for name, resource in own.items() if (limit := limit_of(resource))}
        return VendorRun(self.account, self.options, stored, states, limits, dispositions)

    def spare(self, resource: DltResource) -> None:
        """Leave a table that is replaced as it is: dlt empties it if its resource gives nothing."""
        self._spared[resource] = resource.write_disposition
        resource.apply_hints(write_disposition="append")

    def turn(self, work: Callable[[], Any]) -> Any:
        """Work of a resource in one of dlt's threads; an error waits until the other threads have ended theirs.

        All of them raise the first error: the others are stopped by it. After an error dlt closes all generators. A
        generator that still runs cannot be closed, and the error of that would hide the first one.
        """
        with self._turns.one():
            try:
                return work()
            except Exception as error:  # noqa: BLE001 - whatever it is, the first one is raised
                self._error = self._error or error
                if self._run is not None:
                    self._run.stop()
                self._turns.await_others()
                raise self._error from None

    def done(self, table: str) -> None:
        """A resource is extracted; after the last one the run is closed."""
        with self._lock:
            self._waiting.discard(table)
            if self._run is not None:
                self._run.release(table)
            if not self._waiting:
                self.close()

    def close(self) -> None:
        """Close the run."""
        run, self._run = self._run, None
        if run is not None:
            run.close()


def account_source(account: Account, options: Options | None = None, on_error: str = "raise") -> DltSource:
    """The source of an account; its schema is named like the account's schema.

    Args:
        options: how to read, as a person may ask for; the account's settings are added here.
        on_error: ``raise`` stops the load if a table fails; ``skip`` logs the error and loads the other tables.
    """
    options = apply_settings(options or Options(), account)
    runs = Runs(account, options, on_error)
    chosen = {table.name for table in account.tables()}
    resources = [_resource(runs, table, table.name in chosen) for table in account.vendor.tables]
    return DltSource(dlt.Schema(account.schema), account.vendor.name, resources)


def _resource(runs: Runs, table: Table, selected: bool) -> DltResource:
    hints = table_hints(runs.account.vendor, table, runs.options)[table.name]
    return dlt.resource(
        _rows(runs, table),
        name=table.name,
        primary_key=table.key,
        write_disposition="merge",
        columns=hints.columns,
        references=hints.references,
        schema_contract=CONTRACTS[runs.account.settings.drift(table.name)],
        selected=selected,
        parallelized=True,
        section=runs.account.vendor.name,
    )


def _rows(runs: Runs, table: Table) -> Callable[[], Iterator[Any]]:
    def rows() -> Iterator[Any]:
        resource, pipeline = dlt.current.resource(), dlt.current.pipeline()
        refuse_name(resource, table.name)
        load_id = dlt.current.load_package_state()["load_id"]
        run = runs.started(load_id)  # reads the limits of all resources, before one of them is made to pass
        items = _extract(runs, run, table, load_id, resource, pipeline)
        try:
            with passing_limit(resource):
                while (item := runs.turn(lambda: next(items, None))) is not None:
                    yield item
        finally:
            runs.done(table.name)

    rows.__name__ = rows.__qualname__ = table.name
    rows.__doc__ = f"{table.grain}." if table.grain else f"Rows of {table.name}."
    return rows


def _extract(
    runs: Runs, run: VendorRun, table: Table, load_id: str, resource: DltResource, pipeline: Any
) -> Iterator[Any]:
    state = dlt.current.resource_state()
    read = run.read(table)
    dlt.current.resource_metrics()["requests"] = read.outcome.requests
    disposition = run.dispositions.get(table.name, "append")  # a resource whose rows a transformer takes
    has_failed = failed(read, runs.on_error)
    if disposition == "replace" and (has_failed or not read.outcome.is_offered):
        runs.spare(resource)
    if has_failed:
        return
    shared = {
        "write_disposition": resource.write_disposition,
        "table_format": resource.table_format,
        "file_format": _file_format(resource, pipeline),
        "schema_contract": resource.schema_contract,
    }
    if shared["file_format"]:
        resource.apply_hints(file_format=shared["file_format"])
    given = {name: value for name, value in shared.items() if value is not None}
    takes_json = pipeline.destination.destination_name != "sqlalchemy"  # it would encode JSON text once more
    if not takes_json:
        resource.apply_hints(
            columns=as_text(table_hints(runs.account.vendor, table, runs.options)[table.name].columns)
        )
    emitter = Emitter(run, table, resource, load_id, disposition, given, datetime.now(UTC), takes_json)
    yield from emitter.items(read)
    if read.outcome.state is not None and not read.sampled:
        state[STATE] = read.outcome.state.to_json()


def _file_format(resource: DltResource, pipeline: Any) -> str | None:
    """Postgres loads Arrow tables as CSV by default, which turns empty texts into null."""
    own = (resource._hints or {}).get("file_format")
    if own or pipeline.destination.destination_name != "postgres":
        return own
    return "insert_values"
