"""Probes: what the key may read and which filters the vendor honours, one cheap request per_parent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.changes.parent_keys import is_parent
from fieldhouse.sources.engine.errors import NotFound, SourceError
from fieldhouse.sources.engine.extract.outside_rows import ignored_filter
from fieldhouse.sources.engine.extract.requests import TableRequests
from fieldhouse.sources.engine.extract.run import Run
from fieldhouse.sources.engine.http.pagination import Pager, Request
from fieldhouse.sources.engine.normalize.normalizer import Normalizer
from fieldhouse.sources.engine.spec.reads import PerParent, Record
from fieldhouse.sources.engine.spec.table import Table

Filter = Literal["honoured", "ignored", "none", "unproven"]
Sample = list[tuple[Any, Record]]


@dataclass
class Probe:
    """What a probe shows of one table.

    Attributes:
        status: ``ok``, ``denied``, ``failed`` or ``not offered``; ``unknown`` if there was no key to read with.
        filter: whether its incremental filter is honoured; ``none`` if it has none, ``unproven`` if the vendor's
            text is relied on or nothing could be requested.
        via: the table whose answer stands for this one.
        where: the rows that the setting ``where`` asks for; empty if all are.
        refused_params: optional parameters that the vendor refuses: rows or fields that they show stay unknown.
    """

    table: str
    status: str = "ok"
    filter: Filter = "none"
    requests: int = 0
    via: str = ""
    error: SourceError | None = None
    where: str = ""
    refused_params: tuple[str, ...] = ()


def probe_tables(run: Run, tables: Iterable[Table]) -> Iterator[Probe]:
    """A probe per table, in order; errors are in the probes."""
    probes: dict[str, Probe] = {}
    sample: dict[str, Sample] = {}
    for table in tables:
        probe = probes[table.name] = Probe(table.name)
        outcome = Outcome(table.name)
        requests = TableRequests(run, table, outcome)
        try:
            _probe(run, table, probe, requests, probes, sample)
        except SourceError as error:
            if requests.offer.shows_absence(error):
                probe.status = outcome.status
            else:
                probe.error = error.at(f"{run.account}.{table.name}")
                probe.status = error.status
        probe.requests = outcome.requests
        yield probe


def _probe(
    run: Run,
    table: Table,
    probe: Probe,
    requests: TableRequests,
    probes: Mapping[str, Probe],
    sample: dict[str, Sample],
) -> None:
    if table.embedded_in:
        probe.via = table.embedded_in[0].table
        above = probes.get(probe.via)
        probe.status, probe.error = (above.status, above.error) if above else ("unknown", None)
        return
    probe.where = str(requests.lists.selection)
    request = _first(run, table, sample)
    if request is None:
        probe.status, probe.via = "unknown", table.per_parent.parent if table.per_parent else ""
        return
    try:
        lists = requests.lists
        page = _small(run, table, lists.pager).page(request.having(lists.selection.params), 1)
        records = lists.table.records_in(lists.client.get(page))
    except NotFound:
        if not table.per_parent:
            raise
        records = []
    if any(
        lists.selection.is_outside(record)
        for record in _reshaped(run, table, records)
        if isinstance(record, dict)
    ):
        raise ignored_filter(run, table, str(lists.selection))
    probe.refused_params = lists.refused_params
    sample[table.name] = _keys(run, table, records)
    if table.incremental and requests.feed:
        probe.filter = "unproven"
        if table.incremental.prove:
            probe.filter = "honoured" if requests.feed.is_filter_honoured() else "ignored"


def _first(run: Run, table: Table, sample: Mapping[str, Sample]) -> Request | None:
    """The first request of the table's list, over the last week if it is read by dates; None without a parent."""
    part = table.parts[0]
    request = table.request(part)
    if table.per_parent:
        key = _parent(table.per_parent, sample)
        return None if key is None else request.having(table.per_parent.params([str(key)]))
    if table.window:
        now = run.server_time.now
        return request.having(table.window.params(now - timedelta(days=7), now))
    return request


def _small(run: Run, table: Table, pager: Pager) -> Pager:
    """The pager with a small page, unless the rows are needed for dependent tables."""
    if is_parent(run.vendor, table.name):
        return pager
    return pager.with_size(1)


def _parent(per_parent: PerParent, sample: Mapping[str, Sample]) -> Any:
    for key, record in sample.get(per_parent.parent, ()):
        if per_parent.where is None or record.get(per_parent.where[0]) == per_parent.where[1]:
            return key
    return None


def _reshaped(run: Run, table: Table, records: list[Any]) -> list[Any]:
    return [
        row
        for record in records
        for row in (table.reshape(record, run.server_time) if table.reshape else [record])
    ]


def _keys(run: Run, table: Table, records: list[Any]) -> Sample:
    """The records of a first page with their keys, for the tables that are read per record of this one."""
    if not is_parent(run.vendor, table.name):
        return []
    good, keys, _ = Normalizer(table.name, table.key, table.row).split(_reshaped(run, table, records))
    return list(zip(keys.column(0).to_pylist(), good, strict=True))
