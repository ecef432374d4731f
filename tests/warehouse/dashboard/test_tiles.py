"""Every tile of the dashboard equals a recomputation from the vendors' tables, for several choices."""

from __future__ import annotations

from datetime import date
from importlib.util import find_spec

import pytest

from fieldhouse.warehouse.dashboard.query import Choice, render
from tests.support.marts.marts_warehouse import Built, needs_dbt
from tests.support.marts.oracle.measures import World
from tests.support.marts.oracle.tiles import Tiles

if find_spec("starlette"):
    from fieldhouse.warehouse.dashboard.tabs import TABS

ACCOUNTS = ("bossdesk", "notific", "servicebridge", "servicesidekick", "shiftboard")
QUERIES = {
    "ticket_totals": "tickets",
    "shift_totals": "shifts",
    "hour_totals": "hours",
    "job_totals": "jobs",
    "owed_totals": "owed",
    "people_totals": "people",
}
pytestmark = [
    needs_dbt,
    pytest.mark.skipif(not find_spec("starlette"), reason="needs pip install 'fieldhouse[dashboard]'"),
]


@pytest.mark.parametrize(
    "choice",
    [
        Choice(ACCOUNTS),
        Choice(ACCOUNTS, first_day=date(2026, 8, 3), last_day=date(2026, 11, 2)),
        Choice(
            ACCOUNTS, ("bossdesk", "servicesidekick", "shiftboard"), (), date(2025, 11, 1), date(2026, 11, 30)
        ),
        Choice(ACCOUNTS, ("notific", "servicebridge"), ("no team",), date(2026, 1, 1), date(2026, 6, 30)),
    ],
    ids=["everything", "thirteen weeks", "some accounts", "others and a team"],
)
def test_every_tile_equals_the_oracle(built: Built, world: World, choice: Choice) -> None:
    tiles = Tiles(world, choice)
    with_numbers = {figure.query: figure.numbers for tab in TABS for figure in tab.figures if figure.numbers}
    assert with_numbers.keys() == QUERIES.keys()
    for query, name in QUERIES.items():
        expected = getattr(tiles, name)()
        rows = {"": expected} if query != "owed_totals" else expected
        columns = [*({number.column for number in with_numbers[query]} | set(next(iter(rows.values()), ())))]
        label = "currency" if query == "owed_totals" else "''"
        actual = built.ask(f"SELECT {label}, {', '.join(columns)} FROM ({render(query, choice)})")
        assert {row[0] for row in actual} == rows.keys(), query
        for key, *values in actual:
            for column, value in zip(columns, values, strict=True):
                wanted = rows[key][column]
                if wanted is None or value is None:
                    assert value is wanted, (query, column)
                else:
                    assert float(value) == pytest.approx(float(wanted), rel=1e-6, abs=1e-6), (query, column)
