"""Probes: what the key may read and which filters the vendor honours, one cheap request each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from fieldhouse.sources.engine.errors import NotFound, SourceError
from fieldhouse.sources.engine.extract.requests import TableRequests
from fieldhouse.sources.engine.extract.run import Outcome, Run
from fieldhouse.sources.engine.http.pagination import Pager, Request
from fieldhouse.sources.engine.normalize.normalizer import Normalizer
from fieldhouse.sources.engine.spec.table import PerParent, Record, Table

Filter = Literal["honoured", "ignored", "none", "unproven"]
Sample = list[tuple[Any, Record]]


@dataclass
class Probe:
    """What a probe found out about one table.

    Attributes:
        status: ``ok``, ``denied`` or ``failed``; ``unknown`` where there was nothing to ask with.
        filter: whether its incremental filter is honoured; ``none`` where it has none, ``unproven`` where the
            vendor's text is relied on or nothing could be asked.
        via: the table whose answer stands for this one.
    """

    table: str
    status: str = "ok"
    filter: Filter = "none"
    requests: int = 0
    via: str = ""
    error: SourceError | None = None


def probe_tables(run: Run, tables: Iterable[Table]) -> Iterator[Probe]:
    """A probe per table, in order; errors stand in the probes."""
    made: dict[str, Probe] = {}
    sample: dict[str, Sample] = {}
    for table in tables:
        probe = made[table.name] = Probe(table.name)
        outcome = Outcome(table.name)
        try:
            _probe(run, table, probe, TableRequests(run, table, outcome), made, sample)
        except SourceError as error:
            probe.error = error.at(f"{run.account}.{table.name}")
            probe.status = error.status
        probe.requests = outcome.requests
        yield probe


def _probe(
    run: Run,
    table: Table,
    probe: Probe,
    asking: TableRequests,
    made: Mapping[str, Probe],
    sample: dict[str, Sample],
) -> None:
    if table.embedded_in:
        probe.via = table.embedded_in[0].table
        above = made.get(probe.via)
        probe.status, probe.error = (above.status, above.error) if above else ("unknown", None)
        return
    ask = _first(run, table, sample)
    if ask is None:
        probe.status, probe.via = "unknown", table.per_parent.parent if table.per_parent else ""
        return
    try:
        page = _small(run, table, asking.pager).page(ask, 1)
        records = asking.records(asking.client.get(page))
    except NotFound:
        if not table.per_parent:
            raise
        records = []
    sample[table.name] = _keys(run, table, records)
    if table.incremental:
        probe.filter = "unproven"
        if table.incremental.prove:
            probe.filter = "honoured" if asking.is_filter_honoured() else "ignored"


def _first(run: Run, table: Table, sample: Mapping[str, Sample]) -> Request | None:
    """The first request of the table's list, over the last week where it wants dates; None without a parent."""
    read = table.parts[0]
    ask = Request(read.path or table.path, table.params).having(read.params)
    if table.per_parent:
        key = _parent(table.per_parent, sample)
        return None if key is None else ask.having(table.per_parent.params([str(key)]))
    if table.window:
        now = run.server_time.now
        return ask.having(table.window.params(now - timedelta(days=7), now))
    return ask


def _small(run: Run, table: Table, pager: Pager) -> Pager:
    """The pager with a small page, unless a record is looked for among the rows."""
    if run.is_parent(table.name):
        return pager
    return pager.with_size(1)


def _parent(each: PerParent, sample: Mapping[str, Sample]) -> Any:
    for key, record in sample.get(each.parent, ()):
        if each.where is None or record.get(each.where[0]) == each.where[1]:
            return key
    return None


def _keys(run: Run, table: Table, records: list[Any]) -> Sample:
    """The records of a first page with their keys, for the tables that are read per record of this one."""
    if not run.is_parent(table.name):
        return []
    shaped = [
        row
        for record in records
        for row in (table.reshape(record, run.server_time) if table.reshape else [record])
    ]
    shaper = Normalizer(table.name, table.key, table.row)
    good, found, _ = shaper.split(shaped)
    keys = found.column(0).to_pylist()
    return list(zip(keys, good, strict=True))
