"""The semantic layer: the metrics that the dbt project defines, and the dashboard's totals written from them.

``python -m fieldhouse.pipelines.semantic_layer`` writes the queries of the totals; a test compares them with the
definitions. The definitions are MetricFlow's, in ``warehouse/marts/models/semantic``: this compiles the part of them
that the totals need, for readers without MetricFlow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

WAREHOUSE = Path(__file__).parent.parent / "warehouse"
DEFINITIONS = WAREHOUSE / "marts" / "models" / "semantic"
QUERIES = WAREHOUSE / "dashboard" / "queries"
_REF = re.compile(r"ref\('fieldhouse', '(\w+)'\)")
_WRITTEN = "-- Written by 'python -m fieldhouse.pipelines.semantic_layer'."
_AGGREGATES: Mapping[str, Callable[[str], str]] = {
    "count": lambda expression: "count(*)" if expression == "1" else f"count({expression})",
    "sum": lambda expression: f"sum({expression})",
    "sum_boolean": lambda expression: f"count(case when {expression} then 1 end)",
    "median": lambda expression: f"percentile_cont(0.5) within group (order by {expression})",
}


@dataclass(frozen=True)
class Metric:
    """A metric with its SQL.

    Attributes:
        unit: of the value, as ``hours`` or ``%``; ``rows`` if it counts rows of the mart.
        mart: the mart that it is computed from.
        sql: the aggregate over rows of the mart.
        day: the dimension by which a period selects rows.
        dimensions: name -> expression of what the rows can be selected and grouped by.
    """

    name: str
    label: str
    description: str
    unit: str
    mart: str
    sql: str
    day: str
    dimensions: Mapping[str, str]


@dataclass(frozen=True)
class Totals:
    """A query of the dashboard with one row of metrics, or one for each value of the dimension ``by``.

    ``filters`` have placeholders of the dashboard's queries (``:accounts``) and names of dimensions (``{team}``).
    Metrics in ``now`` disregard the period.
    """

    query: str
    grain: str
    metrics: tuple[str, ...]
    now: tuple[str, ...] = ()
    filters: tuple[str, ...] = ("account in (:accounts)",)
    by: str = ""


TOTALS = (
    Totals(
        "ticket_totals",
        "One row: tickets open and overdue now; opened, answered, closed and due in the period.",
        (
            "open_tickets",
            "overdue_tickets",
            "opened_tickets",
            "answered_tickets",
            "median_first_response_business_hours",
            "closed_tickets",
            "median_resolution_days",
            "resolved_in_time_percent",
        ),
        now=("open_tickets", "overdue_tickets"),
        filters=("account in (:accounts)", "{team} in (:teams)"),
    ),
    Totals(
        "shift_totals",
        "One row: positions needed, covered and open in the period, and the share that is covered.",
        ("positions", "covered_positions", "open_positions", "open_published_positions", "covered_percent"),
        filters=("account in (:accounts)", "{workgroup} in (:teams)"),
    ),
    Totals(
        "hour_totals",
        "One row: hours of the period in covered shifts, at the clock and on time cards; clock entries without an end.",
        ("scheduled_hours", "clocked_hours", "timecard_hours", "approved_percent", "open_clock_entries"),
    ),
    Totals(
        "job_totals",
        "One row: jobs not done yet now; jobs done in the period, with half of them faster than that.",
        ("open_jobs", "done_jobs", "median_cycle_days"),
        now=("open_jobs",),
    ),
    Totals(
        "owed_totals",
        "One row per currency, or account without one: what is owed now, what of it is overdue, and credits.",
        ("owed", "overdue", "credits"),
        now=("owed", "overdue", "credits"),
        by="currency",
    ),
    Totals(
        "people_totals",
        "One row: people, the vendors' records of them, and people whom more than one vendor knows.",
        ("people", "records", "known_to_several_vendors", "with_different_names"),
        now=("people", "records", "known_to_several_vendors", "with_different_names"),
        filters=("person_key in (select person_key from marts.person_records where account in (:accounts))",),
    ),
)


@cache
def metrics() -> Mapping[str, Metric]:
    """Every metric by its name, in the order of the files.

    Raises:
        ValueError: a metric or measure is of a kind that has no SQL here.
    """
    import yaml  # type: ignore[import-untyped]

    files = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(DEFINITIONS.glob("*.yml"))]
    measures = {
        measure["name"]: (model, measure)
        for content in files
        for model in content["semantic_models"]
        for measure in model.get("measures", ())
    }
    results: dict[str, Metric] = {}
    for definition in (metric for content in files for metric in content.get("metrics", ())):
        results[definition["name"]] = _metric(definition, measures, results)
    return results


def _metric(
    definition: Mapping[str, Any], measures: Mapping[str, Any], others: Mapping[str, Metric]
) -> Metric:
    parameters, meta = definition["type_params"], definition.get("config", {}).get("meta", {})
    words = definition["name"], definition["label"], definition["description"], meta.get("unit", "rows")
    if definition["type"] == "simple":
        given = parameters["measure"]
        given = {"name": given} if isinstance(given, str) else given
        model, measure = measures[given["name"]]
        sql = _aggregate(measure)
        if "fill_nulls_with" in given:
            sql = f"coalesce({sql}, {given['fill_nulls_with']})"
        if meta.get("is_integer"):
            sql = f"cast({sql} as bigint)"
        expressions = {item["name"]: item.get("expr", item["name"]) for item in model["dimensions"]}
        day = measure.get("agg_time_dimension") or model["defaults"]["agg_time_dimension"]
        match = _REF.fullmatch(model["model"])
        assert match
        return Metric(*words, match[1], sql, day, expressions)
    if definition["type"] == "ratio":
        names = [parameters["numerator"], parameters["denominator"]]
        sql = f"1.0 * {names[0]} / nullif({names[1]}, 0)"
    elif definition["type"] == "derived":
        names, sql = parameters["metrics"], parameters["expr"]
    else:
        raise ValueError(f"{definition['name']}: a metric of the type {definition['type']} has no SQL here")
    inputs = [others[name] for name in names]
    if len({(metric.mart, metric.day) for metric in inputs}) != 1:
        raise ValueError(f"{definition['name']}: its metrics are of several marts or days")
    for name in names:
        sql = re.sub(rf"\b{name}\b", lambda _, name=name: others[name].sql, sql)  # type: ignore[misc]
    return Metric(*words, inputs[0].mart, sql, inputs[0].day, inputs[0].dimensions)


def _aggregate(measure: Mapping[str, Any]) -> str:
    if measure["agg"] not in _AGGREGATES:
        raise ValueError(f"{measure['name']}: the aggregation {measure['agg']} has no SQL here")
    return _AGGREGATES[measure["agg"]](str(measure["expr"]))


def query_of(totals: Totals) -> str:
    """The text of a query of totals: metrics of one mart and day are computed together."""
    groups: dict[tuple[str, str], list[Metric]] = {}
    for name in totals.metrics:
        metric = metrics()[name]
        day = "" if name in totals.now else metric.day
        groups.setdefault((metric.mart, day), []).append(metric)
    lines = [f"-- {totals.grain}", _WRITTEN]
    if len(groups) == 1:
        ((_, day), group), *_ = groups.items()
        return "\n".join([*lines, *_select(totals, group, day)]) + "\n"
    names: list[str] = []
    for (mart, day), group in groups.items():
        lines += [f"{'' if names else 'with '}{mart}_{_suffix(day)} as ("]
        lines += [f"    {line}" for line in _select(totals, group, day)]
        names.append(f"{mart}_{_suffix(day)}")
        lines += [")" if len(names) == len(groups) else "),", ""]
    lines += ["select *", f"from {names[0]}", *(f"cross join {name}" for name in names[1:])]
    return "\n".join(lines) + "\n"


def _suffix(day: str) -> str:
    return f"by_{day}" if day else "now"


def _select(totals: Totals, group: list[Metric], day: str) -> Iterator[str]:
    dimensions = group[0].dimensions
    columns = [f"{metric.sql} as {metric.name}" for metric in group]
    if totals.by:
        columns.insert(0, f"{dimensions[totals.by]} as {totals.by}")
    yield "select"
    yield from (f"    {column}{',' if column is not columns[-1] else ''}" for column in columns)
    yield f"from marts.{group[0].mart}"
    yield "where true"
    yield from (f"    and {condition.format(**dimensions)}" for condition in totals.filters)
    if day:
        yield from (f"    and {dimensions[day]} {operator}" for operator in (">= :first_day", "<= :last_day"))
    if totals.by:
        yield from (f"group by {dimensions[totals.by]}", f"order by {totals.by}")


def main() -> None:
    """Write the queries of all totals."""
    for totals in TOTALS:
        (QUERIES / f"{totals.query}.sql").write_text(query_of(totals), "utf-8")


if __name__ == "__main__":
    main()
