"""The semantic layer: metrics that dbt accepts, from which the dashboard's totals are written."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from fieldhouse.warehouse.dashboard import query
from tests.support.marts.marts_warehouse import Built, needs_dbt
from tests.support.marts.oracle import jobs, money, shifts, technicians, tickets
from tests.support.marts.oracle.measures import FIELD, World

pytestmark = needs_dbt
if find_spec("yaml"):
    from fieldhouse.pipelines import semantic_layer
    from fieldhouse.pipelines.semantic_layer import TOTALS, Totals, metrics, query_of


@pytest.mark.parametrize("totals", TOTALS if find_spec("yaml") else (), ids=lambda totals: totals.query)
def test_totals_of_the_dashboard_are_written_from_the_metrics(totals: Totals) -> None:
    assert query.text(totals.query) == query_of(totals)


@pytest.mark.skipif(not find_spec("starlette"), reason="needs pip install 'fieldhouse[dashboard]'")
def test_every_number_of_the_dashboard_is_a_metric() -> None:
    from fieldhouse.warehouse.dashboard.tabs import TABS

    figures = [figure for tab in TABS for figure in tab.figures if figure.numbers]
    assert {figure.query for figure in figures} == {totals.query for totals in TOTALS}
    assert {number.column for figure in figures for number in figure.numbers} <= metrics().keys()


def test_a_currency_is_written_out_once() -> None:
    assert metrics()["owed"].dimensions["currency"] == query.EXPRESSIONS["currency"]
    spelled_out = [name for name in query.names() if query.EXPRESSIONS["currency"] in query.text(name)]
    assert spelled_out == ["owed_totals"]


def test_metrics_behind_the_questions_equal_the_oracle(built: Built, world: World) -> None:
    """The dashboard's metrics are compared with it as tiles."""
    over = [values for values in world.of(("shiftboard",), shifts.attendance).values() if values[0]]
    invoices = [values for values in world.of(FIELD, money.invoices).values() if not values[1]]
    payments = world.of(("servicebridge",), money.payments).values()
    states = [values[0] for values in world.of(("servicebridge",), money.estimates).values()]
    months = world.of(FIELD, jobs.first_time_fix).values()
    days = world.of(FIELD, lambda *given: technicians.by_day(*given, world.available)).values()
    entries = [
        (length or 0, is_billable)
        for _, length, is_billable in world.of(("bossdesk",), tickets.agent_time).values()
    ]
    won, lost = states.count("won"), states.count("lost")
    expected = {
        "no_show_share": sum(values[1] in ("absent", "declined") for values in over) / len(over),
        "invoiced": sum(values[6] for values in invoices),
        "collected": sum(values[3] for values in payments),
        "unapplied": sum(values[3] for values in payments if not values[5]),
        "win_rate": won / (won + lost),
        "first_time_fix_share": sum(values[2] for values in months) / sum(values[1] for values in months),
        "utilisation": sum(values[8] for values in days) / sum(values[6] for values in days),
        "billable_share": sum(length for length, billed in entries if billed)
        / sum(length for length, _ in entries),
    }
    chosen = [metrics()[name] for name in expected]
    with built.reading() as ask:
        actual = {
            metric.name: ask(f"SELECT {metric.sql} FROM marts.{metric.mart}")[0][0] for metric in chosen
        }
    for name, value in expected.items():
        assert float(actual[name]) == pytest.approx(float(value)), name


def test_a_metric_without_sql_here_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (semantic_layer.DEFINITIONS / "tickets.yml").read_text()
    (tmp_path / "tickets.yml").write_text(text.replace("agg: median", "agg: average"))
    monkeypatch.setattr(semantic_layer, "DEFINITIONS", tmp_path)
    with pytest.raises(ValueError, match="median_first_response_business_hours: the aggregation average"):
        metrics.__wrapped__()
