"""One setting hashes or drops all personal data, also what the warehouse already holds; the list is documented."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.pipelines.sync.column_privacy import person_like_columns, personal_columns, shared_salt
from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.normalize.masking import Privacy
from fieldhouse.sources.engine.spec.row import Declaration, declared
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.servicesidekick.api import ServiceSidekickSandbox
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.sync_harness import SyncHarness, open_harness

DOC = Path(__file__).parent.parent.parent.parent / "docs" / "personal-data.md"
CANARY = "canary-person"
LISTS = ("tickets", "users", "tags")


@pytest.fixture
def box() -> BossDeskSandbox:
    box = BossDeskSandbox(size=0.05, edge_cases=True)
    address = f"{CANARY}@example.com"
    box.change("users", first_name=CANARY, email=address)
    ticket = next(row for row in box.truth()["tickets"] if row["requester"])
    requester = {**ticket["requester"], "email": address}
    box.change("tickets", ticket["id"], title="kept", description=f"says {CANARY}", requester=requester)
    return box


@pytest.fixture
def standing(box: BossDeskSandbox, warehouse_url: str, tmp_path: Path) -> Any:
    """Gives the same account with other settings each time."""

    def made(**settings: Any) -> Any:
        return open_harness(box, warehouse_url, tmp_path, **settings)

    return made


def everything(at: SyncHarness) -> str:
    stored = at.snapshot()
    return repr([stored.rows, stored.books])


def counts(at: SyncHarness) -> dict[str, int]:
    return {table: len(rows) for table, rows in at.snapshot().rows.items()}


@pytest.mark.parametrize("setting", ["drop", "hash"])
def test_the_setting_reaches_all_that_is_held_and_can_be_taken_back(
    standing: Any, box: BossDeskSandbox, setting: str
) -> None:
    with standing() as at:
        gone = box.create("users", first_name=CANARY)
        assert at.sync(*LISTS).exit_code == 0
        box.delete("users", gone["id"])
        at.sync(*LISTS, sweep=True)
        before = counts(at)
        assert CANARY in everything(at)
    with standing(personal_data=setting) as at:
        assert at.sync("tags").exit_code == 0
        assert CANARY not in everything(at)  # in tables that were not synced, too
        assert at.sync(*LISTS).exit_code == 0
        stored = at.snapshot()
        assert CANARY not in everything(at)
        assert counts(at) == before
        removed = {
            row["column_name"] for row in stored.books["_schema_changes"] if row["action"] == "removed"
        }
        assert {"first_name", "email", "requester__email", "description"} <= removed
        assert ("first_name" in stored.columns["users"]) == (setting == "hash")
        if setting == "hash":
            (email,) = {row["email"] for row in stored.live("users") if row["first_name"] == hashed(at)}
            assert email in {row["requester__email"] for row in stored.live("tickets")}
            assert len(email) == 64
        assert all(outcome.rows_written == 0 for outcome in at.sync(*LISTS).outcomes)
    with standing() as at:
        assert at.sync(*LISTS).exit_code == 0
        assert at.differences(*LISTS) == []


def hashed(at: SyncHarness) -> str:
    """The hash of the canary's name: the rarest among the users' first names that is held twice at most."""
    names = [row["first_name"] for row in at.snapshot().live("users")]
    import hmac

    with at.warehouse.session() as session:
        salt = bytes.fromhex(session.states("bossdesk")["_salt"]["salt"])
    wanted = hmac.digest(salt, CANARY.encode(), "sha256").hex()
    assert wanted in names
    return wanted


def test_hashes_join_across_the_accounts_of_a_warehouse(warehouse_url: str, tmp_path: Path) -> None:
    """Without a key of their own, and whichever account comes first."""
    address = f"{CANARY}@example.com"
    desk, shop = (
        BossDeskSandbox(size=0.05, edge_cases=True),
        ServiceSidekickSandbox(size=0.1, edge_cases=True),
    )
    desk.change("users", email=address)
    shop.change("customers", email_address=address)
    with open_harness(desk, warehouse_url, tmp_path, hash_columns="users.email") as at:
        assert at.sync("users").exit_code == 0
        mine = {row["email"] for row in at.snapshot().live("users")}
    with open_harness(shop, warehouse_url, tmp_path, hash_columns="customers.email_address") as at:
        assert at.sync("customers").exit_code == 0
        theirs = {row["email_address"] for row in at.snapshot().live("customers")}
        assert CANARY not in everything(at)
    assert len(mine & theirs - {None}) == 1


def test_a_view_over_personal_data_stays_and_goes_blank(standing: Any) -> None:
    with standing() as at:
        at.sync("users")
        with at.warehouse.session() as session:
            session.db.execute("CREATE VIEW bossdesk.people AS SELECT id, email FROM bossdesk.users")
    with standing(personal_data="drop") as at:
        assert at.sync("users").exit_code == 0
        assert CANARY not in everything(at)
        if at.url.startswith("postgresql"):
            with at.warehouse.session() as session:
                assert session.fetch("SELECT count(email) FROM bossdesk.people") == [(0,)]


def test_personal_data_of_xml_children_goes_as_well(warehouse_url: str, tmp_path: Path) -> None:
    box = ServiceSidekickSandbox(size=0.1, edge_cases=True)
    row = box.change("customers", first_name=CANARY)
    box.add_child("customers", row["id"], "notes", note=f"about {CANARY}")
    with open_harness(box, warehouse_url, tmp_path) as at:
        at.sync("customers")
        assert everything(at).count(CANARY) >= 2
    with open_harness(box, warehouse_url, tmp_path, personal_data="hash", hash_key="a key of my own") as at:
        assert at.sync("customers").exit_code == 0
        assert CANARY not in everything(at)
        assert "a key of my own" not in everything(at)


@pytest.mark.parametrize("setting", ["drop", "hash"])
def test_undeclared_fields_about_people_are_covered_at_every_depth(
    standing: Any, box: BossDeskSandbox, setting: str
) -> None:
    box.add_field("tickets", "reporter_email", f"{CANARY}@example.com")
    box.add_field("tickets", "customer", {"first_name": CANARY, "username": CANARY, "size": 7})
    box.add_field("tickets", "watchers", [{"mobile_phone": CANARY, "rank": 1}])
    with standing(personal_data=setting) as at:
        assert at.sync("tickets").exit_code == 0
        assert CANARY not in everything(at)
        stored = at.snapshot()
        assert {row["customer__size"] for row in stored.live("tickets")} == {7}
        assert {row["rank"] for row in stored.live("tickets__watchers")} == {1}


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=lambda vendor: vendor.name)
def test_rules_for_undeclared_fields_hide_no_declared_column(vendor: Any) -> None:
    """Neither a column that is not personal nor one that the reading of its table relies on."""
    rules = Privacy(person_like_columns(vendor))
    for table in vendor.tables:
        assert {rules.verdict(table.name, name) for name in vendor.relied_on(table)} == {"keep"}
        for name, column in columns_of(table):
            assert column.personal or rules.verdict(name, column.name) == "keep", f"{name}.{column.name}"


def columns_of(table: Any) -> Iterator[tuple[str, Declaration]]:
    def below(name: str, declarations: Iterable[Declaration]) -> Iterator[tuple[str, Declaration]]:
        for column in declarations:
            if column.type is None:
                yield from below(f"{name}__{column.name}", column.children)
            else:
                yield name, column

    return below(table.name, declared(table.row))


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=lambda vendor: vendor.name)
def test_what_a_table_relies_on_is_not_marked(vendor: Any) -> None:
    for table in vendor.tables:
        marked = {column.name for column in declared(table.row) if column.personal}
        assert marked & vendor.relied_on(table) == set(), table.name


def documented() -> str:
    """The list of personal data as the documentation has it."""
    lines = []
    for vendor in VENDORS.values():
        lines += [f"## {vendor.title}", "", "| table | columns |", "| --- | --- |"]
        columns: dict[str, list[str]] = {}
        for table, column in personal_columns(vendor):
            columns.setdefault(table, []).append(f"`{column.name}`")
        lines += [f"| `{table}` | {', '.join(names)} |" for table, names in columns.items()]
        lines.append("")
    return "\n".join(lines)


def test_the_list_in_the_documentation_is_the_list_that_counts() -> None:
    assert documented() in DOC.read_text("utf-8")


if __name__ == "__main__":
    print(documented())


@pytest.mark.postgres
def test_accounts_that_two_machines_sync_first_at_once_agree_on_a_key(postgres_url: str) -> None:
    """One has the turn and has not written its key yet; the other waits for it, and takes that key."""
    results: list[Options] = []

    def other() -> None:
        with open_warehouse(postgres_url).session() as session:
            session.prepare("bossdesk_emea")
            results.append(shared_salt(session, "bossdesk_emea", Options(mask=("users.email",))))

    with open_warehouse(postgres_url).session() as session:
        session.prepare("bossdesk")
        with session.one_at_a_time("salt"):
            waiting = threading.Thread(target=other)
            waiting.start()
            while not session.fetch("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
                assert not results
            session.put_state("bossdesk", "_salt", {"salt": "ab" * 32})
        waiting.join()
    assert [options.salt.hex() for options in results] == ["ab" * 32]
