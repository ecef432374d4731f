"""ServiceSidekick states the type of each element in its XML: fields that nobody declared get exactly that type."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.sources.sandbox.servicesidekick.api import ServiceSidekickSandbox
from tests.support.sync_harness import SyncHarness, open_harness

CUSTOMER = """<customer><id type="integer">{id}</id><customer-number type="integer">{id}</customer-number>
<name>Acme</name><balance type="decimal">0.1</balance>{fields}
<notes type="array"><note><id type="integer">{id}7</id><note>n</note>{nested}</note></notes></customer>"""
FIELDS = """<total-balance type="decimal">1234567.10</total-balance><custom-number2 type="decimal">1.10</custom-number2>
<time-created type="dateTime">2024-03-09T10:00:00-05:00</time-created><seen-on type="date">2024-03-09</seen-on>
<visits type="integer">3</visits><vip type="boolean">true</vip><account type="Account"><level>gold</level>
<limit type="decimal">9.99</limit></account>"""
NESTED = (
    """<cost type="decimal">0.30</cost><stamped-at type="datetime">2024-07-09T10:00:00-04:00</stamped-at>"""
)
NIL = """<total-balance type="decimal" nil="true"/><time-created type="dateTime" nil="true"/>"""


class Bodies:
    """A fault that answers the list of customers with pages of its own."""

    def __init__(self) -> None:
        self.pages: list[str] = []

    def __call__(self, call: Call, honest: Answer) -> Answer | None:
        if call.path != "/customers.xml":
            return None
        number = int(call.first("page", "1") or 1)
        rows = self.pages[number - 1] if number <= len(self.pages) else ""
        body = f'<customers type="array">{rows}</customers>'.encode()
        return Answer(200, body, {"Content-Type": "application/xml"})


@pytest.fixture
def bodies() -> Bodies:
    return Bodies()


@pytest.fixture
def at(bodies: Bodies, warehouse_url: str, tmp_path: Path) -> Iterator[SyncHarness]:
    sandbox = ServiceSidekickSandbox(size=0.05, edge_cases=True)
    sandbox.faults.append(bodies)
    with open_harness(sandbox, warehouse_url, tmp_path) as made:
        yield made


def page(*ids: int, fields: str = FIELDS, nested: str = NESTED) -> str:
    return "".join(CUSTOMER.format(id=number, fields=fields, nested=nested) for number in ids)


KINDS = {
    "numeric": "decimal",
    "varchar": "text",
    "character varying": "text",
    "double precision": "double",
    "timestamp with time zone": "timestamp",
}


def types(at: SyncHarness, table: str = "customers") -> dict[str, str]:
    """The logical types of a table's columns, by either database's own words."""
    rows = at.fetch(
        "SELECT column_name, lower(data_type) FROM information_schema.columns"
        f" WHERE table_schema = 'servicesidekick' AND table_name = '{table}'"
    )
    return {name: KINDS.get(kind.partition("(")[0], kind.partition("(")[0]) for name, kind in rows}


def test_stated_types_are_the_types_of_columns_at_every_depth(at: SyncHarness, bodies: Bodies) -> None:
    bodies.pages = [page(*range(1, 26)), page(*range(26, 51))]
    assert at.sync("customers").exit_code == 0
    actual = types(at)
    money = ("balance", "total_balance", "custom_number2", "account__limit")
    assert [actual[name] for name in money] == ["decimal"] * 4
    assert (actual["time_created"], actual["seen_on"]) == ("timestamp", "date")
    assert (actual["visits"], actual["vip"], actual["account__level"]) == ("bigint", "boolean", "text")
    notes = types(at, "customers__notes")
    assert (notes["cost"], notes["stamped_at"]) == ("decimal", "timestamp")
    (row,) = at.fetch(
        "SELECT sum(total_balance), min(time_created), max(seen_on) FROM servicesidekick.customers"
    )
    assert row[0] == Decimal("61728355.00")
    assert row[1].astimezone(UTC) == datetime(2024, 3, 9, 15, tzinfo=UTC)
    assert row[2] == date(2024, 3, 9)


def test_page_without_values_and_one_with_values_give_the_stated_type(
    at: SyncHarness, bodies: Bodies
) -> None:
    bodies.pages = [page(1, 2, fields=NIL), page(3)]
    assert at.sync("customers").exit_code == 0
    assert (types(at)["total_balance"], types(at)["time_created"]) == ("decimal", "timestamp")


def test_text_that_does_not_fit_its_stated_type_is_kept(at: SyncHarness, bodies: Bodies) -> None:
    odd = (
        '<total-balance type="decimal">much</total-balance><time-created type="dateTime">soon</time-created>'
    )
    bodies.pages = [page(1), page(2, fields=odd)]
    assert at.sync("customers").exit_code == 0
    assert types(at)["total_balance"] == "decimal"
    assert at.fetch(
        "SELECT total_balance__v_text, time_created__v_text FROM servicesidekick.customers WHERE id = 2"
    ) == [("much", "soon")]


def test_float_noise_counts_in_sums_and_is_kept_as_sent(at: SyncHarness, bodies: Bodies) -> None:
    """A declared decimal and one that the vendor states, each from a sum of floats."""
    noisy = '<total-balance type="decimal">19.990000000000002</total-balance>'
    plain = '<total-balance type="decimal">10.50</total-balance>'
    rows = page(1, fields=noisy).replace(
        '<balance type="decimal">0.1<', '<balance type="float">0.30000000000000004<'
    )
    bodies.pages = [rows, page(2, fields=plain)]
    report = at.sync("customers")
    assert report.exit_code == 0
    table = "servicesidekick.customers"
    assert at.fetch(f"SELECT sum(total_balance), sum(balance) FROM {table}") == [
        (Decimal("30.490000000"), Decimal("0.400000000"))
    ]
    assert at.fetch(f"SELECT total_balance__v_text, balance__v_text FROM {table} WHERE id = 1") == [
        ("19.990000000000002", "0.30000000000000004")
    ]
    notes = [note for outcome in report.outcomes for note in outcome.notes]
    assert any("balance: a value was rounded to 9 decimal places" in note for note in notes)
    assert not any("19.99" in note or "0.3" in note for note in notes)
    assert sum(outcome.rows_written for outcome in at.sync("customers", sweep=True).outcomes) == 0


def test_characters_that_xml_forbids_cost_no_row_and_are_reported(at: SyncHarness, bodies: Bodies) -> None:
    remarks = (
        "one&#11;two",
        "a&#x1F;b",
        "a\x0bb",
        "hi &#55357;&#56832;",
        "<![CDATA[" + "x" * 1_200_000 + "]]>",
    )
    rows = [page(number, fields=f"<remark>{text}</remark>") for number, text in enumerate(remarks, 1)]
    bodies.pages = rows
    report = at.sync("customers")
    assert report.exit_code == 0
    stored = [text for (text,) in at.fetch("SELECT remark FROM servicesidekick.customers ORDER BY id")]
    assert stored == ["one\ufffdtwo", "a\ufffdb", "a\ufffdb", "hi \U0001f600", "x" * 1_200_000]
    (outcome,) = report.outcomes
    assert any("remark" in note and "3" in note for note in outcome.notes), outcome.notes


def test_second_sync_of_stated_types_writes_nothing(at: SyncHarness, bodies: Bodies) -> None:
    bodies.pages = [page(1, 2, 3)]
    at.sync("customers")
    report = at.sync("customers")
    assert sum(outcome.rows_written for outcome in report.outcomes) == 0


def poorer(at: SyncHarness, **kinds: str) -> None:
    """Give columns the types that version 0.1 guessed."""
    with at.warehouse.session() as session:
        for name, kind in kinds.items():
            session.db.change_types("servicesidekick", "customers", {name: (kind, f"{name}::{kind}")})


def test_column_whose_type_was_guessed_is_converted_without_losing_a_value(
    at: SyncHarness, bodies: Bodies
) -> None:
    bodies.pages = [page(1, 2, 3)]
    at.sync("customers")
    before = at.fetch(
        "SELECT id, total_balance, time_created, seen_on FROM servicesidekick.customers ORDER BY id"
    )
    poorer(
        at,
        total_balance="double precision",
        custom_number2="varchar",
        time_created="varchar",
        seen_on="varchar",
    )
    bodies.pages = [page(1, 2, 3) + page(4)]
    assert at.sync("customers").exit_code == 0
    actual = types(at)
    assert [actual[name] for name in ("total_balance", "custom_number2", "time_created", "seen_on")] == [
        "decimal",
        "decimal",
        "timestamp",
        "date",
    ]
    after = at.fetch(
        "SELECT id, total_balance, time_created, seen_on FROM servicesidekick.customers WHERE id < 4 ORDER BY id"
    )
    assert after == before
    changes = at.fetch(
        "SELECT column_name, from_type, to_type FROM servicesidekick._schema_changes WHERE action = 'retyped'"
    )
    assert ("total_balance", "double", "decimal") in changes
    assert ("time_created", "text", "timestamp") in changes


def test_column_with_a_value_that_does_not_fit_keeps_its_type(at: SyncHarness, bodies: Bodies) -> None:
    bodies.pages = [page(1, 2)]
    at.sync("customers")
    poorer(at, custom_number2="varchar")
    with at.warehouse.session() as session:
        session.db.execute("UPDATE servicesidekick.customers SET custom_number2 = 'n/a' WHERE id = 1")
    bodies.pages = [page(1, 2, 3)]
    assert at.sync("customers").exit_code == 0
    assert types(at)["custom_number2"] == "text"
    assert at.fetch("SELECT custom_number2 FROM servicesidekick.customers WHERE id = 1") == [("n/a",)]
