"""Group G: what changes about tables, at the vendor and in the warehouse, while syncs run and die."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from tests.faults.case import Case
from tests.faults.fault_bench import FaultBench, describe_report
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.injection_points import InjectionPoint
from tests.faults.process_pool import KILLED, until
from tests.faults.small_worlds import SMALL_WORLDS
from tests.faults.warehouses import execute, warehouse_of

FIELDS: dict[str, Any] = {
    "new-text": "ü",
    "new-number": 12,
    "new-object": {"a": {"b": 1}, "c": None},
    "new-list": [{"id": 1, "x": "y"}, {"id": 2, "x": None}],
}
PLAIN = ("new-text", "new-number")
"""What ServiceSidekick's XML can hold in a field that a test adds."""


def cases(seed: int) -> Iterator[Case]:
    yield from _fields_and_kills(seed)
    yield from _changes_during_a_load(seed)
    yield from _users_things(seed)
    yield from _dependent_views(seed)


# --- new fields and kills ------------------------------------------------------------------------------------


def _fields_and_kills(seed: int) -> Iterator[Case]:
    stages = {
        "landed": InjectionPoint("step", 1, "after", "landing"),
        "altering": InjectionPoint("sql", 1, "after", "^ALTER TABLE"),
        "before-commit": InjectionPoint("sql", 1, "before", "^COMMIT"),
        "after-commit": InjectionPoint("sql", 1, "after", "^COMMIT"),
    }
    for vendor in known(SMALL_WORLDS):
        for name in FIELDS:
            if vendor == "servicesidekick" and name not in PLAIN:
                continue
            for stage, point in stages.items():
                if stage == "altering" and (name == "new-list" or vendor == "shiftboard"):
                    continue
                yield Case(
                    "G51", f"{vendor}-{name}-{stage}", partial(_killed, vendor, seed, FIELDS[name], point)
                )
        yield Case("G51", f"{vendor}-type-changes", partial(_type_changes, vendor, seed))


def _killed(vendor: str, seed: int, value: Any, point: InjectionPoint, benches: FaultBenches) -> None:
    with benches.bench(vendor, seed=seed, sockets=True) as bench:
        bench.edit(6)
        bench.editor.change(bench.small_world.main)
        bench.sandbox.add_field(bench.small_world.main, "brand_new", value)
        ending = bench.broken(point, options={"sweep": True, "full": True})
        assert ending.code == KILLED, f"{point} was not reached: {ending}"
        _all_again(bench)
        bench.edit(6)
        bench.editor.swept()
        _all_again(bench)


def _all_again(bench: FaultBench) -> None:
    """A new field of rows whose stamps stand still shows in a full read."""
    report = bench.sync(sweep=True, full=True)
    assert report.exit_code == 0, describe_report(report)
    bench.editor.swept()
    bench.judge()


def _type_changes(vendor: str, seed: int, benches: FaultBenches) -> None:
    """A field's type goes from number to text to boolean and back, a kill between each two."""
    with benches.bench(vendor, seed=seed, sockets=True) as bench:
        for value in (1, 1.5, "one", True, 2):
            bench.edit(3)
            bench.editor.change(bench.small_world.main)
            bench.sandbox.add_field(bench.small_world.main, "restless", value)
            options = {"sweep": True, "full": True}
            ending = bench.broken(InjectionPoint("sql", 1, "before", "^COMMIT"), options=options)
            assert ending.code == KILLED, ending
            _all_again(bench)


# --- somebody alters tables meanwhile ------------------------------------------------------------------------


def _changes_during_a_load(seed: int) -> Iterator[Case]:
    for vendor in known(SMALL_WORLDS):
        for name, sql in (
            ("column-added", 'ALTER TABLE "{schema}"."{table}" ADD COLUMN remark_of_ours text'),
            ("table-dropped", 'DROP TABLE "{schema}"."{table}"'),
            ("view-made", 'CREATE VIEW "{schema}".seen AS SELECT * FROM "{schema}"."{table}"'),
        ):
            yield Case("G52", f"{vendor}-{name}", partial(_altered_meanwhile, vendor, seed, sql, name))


def _altered_meanwhile(vendor: str, seed: int, sql: str, name: str, benches: FaultBenches) -> None:
    """Between landing and applying, somebody changes the table: the sync ends well or says why, and heals."""
    with benches.bench(vendor, "postgres", seed, sockets=True) as bench:
        table = bench.small_world.lone[0] if name == "table-dropped" else bench.small_world.main
        bench.edit(6)
        bench.editor.change(bench.small_world.main)
        gate = bench.folder / "gate"
        point = InjectionPoint("step", 1, "after", "landing", "hold", str(gate))
        running = bench.started(point, options={"sweep": True})
        until(gate.with_name("gate.held").exists)
        execute(bench.url, sql.format(schema=vendor, table=table))
        gate.touch()
        ending = running.ended()
        assert ending.code in (0, 1, 2, 3), ending
        if name == "table-dropped":
            report = bench.sync(sweep=True, full=True)
            assert report.exit_code == 0, describe_report(report)
        elif name == "view-made":
            execute(bench.url, f'DROP VIEW "{vendor}".seen')
        else:
            execute(bench.url, f'ALTER TABLE "{vendor}"."{table}" DROP COLUMN remark_of_ours')
        bench.healed()


# --- what users add ------------------------------------------------------------------------------------------


def _users_things(seed: int) -> Iterator[Case]:
    for vendor in known(SMALL_WORLDS):
        for dialect in ("duckdb", "postgres"):
            yield Case("G53", f"{vendor}-{dialect}-column", partial(_own_column, vendor, dialect, seed))
            yield Case(
                "G53", f"{vendor}-{dialect}-view-and-index", partial(_view_and_index, vendor, dialect, seed)
            )
    for vendor in known(("bossdesk", "notific")):
        yield Case("G53", f"{vendor}-grants", partial(_grants, vendor, seed), ("postgres",))


def _own_column(vendor: str, dialect: str, seed: int, benches: FaultBenches) -> None:
    """A column of a user's own stays, with its values in rows that did not change."""
    with benches.bench(vendor, dialect, seed) as bench:
        main = f'"{vendor}"."{bench.small_world.main}"'
        execute(bench.url, f"ALTER TABLE {main} ADD COLUMN _note varchar")
        execute(bench.url, f"UPDATE {main} SET _note = 'mine'")
        bench.edit(6)
        bench.healed()
        count = execute(bench.url, f"SELECT count(*) FROM {main} WHERE _note = 'mine'")[0][0]
        assert count >= execute(bench.url, f"SELECT count(*) FROM {main}")[0][0] - 8


def _view_and_index(vendor: str, dialect: str, seed: int, benches: FaultBenches) -> None:
    """A view and an index over a table stay, and the view shows the new rows."""
    with benches.bench(vendor, dialect, seed) as bench:
        main = f'"{vendor}"."{bench.small_world.main}"'
        execute(bench.url, "CREATE SCHEMA mine")
        execute(
            bench.url, f"CREATE VIEW mine.live AS SELECT id, _synced_at FROM {main} WHERE _deleted_at IS NULL"
        )
        if warehouse_of(bench.url).has_indexes:
            execute(bench.url, f"CREATE INDEX mine_by_id ON {main} (id)")
        for _ in range(2):
            bench.edit(6)
            report = bench.sync(sweep=True)
            assert report.exit_code == 0, describe_report(report)
            bench.editor.swept()
            assert not bench.differences()
            shown = {str(key) for (key,) in execute(bench.url, "SELECT id FROM mine.live")}
            assert shown == {key[0] for key in bench.keys(bench.small_world.main)}


def _grants(vendor: str, seed: int, benches: FaultBenches) -> None:
    with benches.bench(vendor, "postgres", seed) as bench:
        main = f'"{vendor}"."{bench.small_world.main}"'
        execute(bench.url, f"GRANT SELECT ON {main} TO PUBLIC")
        before = execute(bench.url, f"SELECT relacl::text FROM pg_class WHERE oid = '{main}'::regclass")
        bench.edit(6)
        bench.healed()
        assert (
            execute(bench.url, f"SELECT relacl::text FROM pg_class WHERE oid = '{main}'::regclass") == before
        )


# --- views in the way ----------------------------------------------------------------------------------------


def _dependent_views(seed: int) -> Iterator[Case]:
    for vendor in known(SMALL_WORLDS):
        yield Case("G54", f"{vendor}-view", partial(_view_in_the_way, vendor, seed))


def _view_in_the_way(vendor: str, seed: int, benches: FaultBenches) -> None:
    """A view keeps a column from widening: no value is lost, no other table stops, and it heals without the view."""
    with benches.bench(vendor, "postgres", seed) as bench:
        main = bench.small_world.main
        bench.sandbox.add_field(main, "grows", 7)
        bench.editor.change(main)
        report = bench.sync(sweep=True, full=True)
        assert report.exit_code == 0, describe_report(report)
        column = execute(
            bench.url,
            "SELECT column_name FROM information_schema.columns"
            f" WHERE table_schema = '{vendor}' AND table_name = '{main}' AND column_name = 'grows'",
        )
        assert column, "the field is no column"
        execute(bench.url, f'CREATE VIEW "{vendor}".watching AS SELECT grows FROM "{vendor}"."{main}"')
        bench.edit(4)
        bench.editor.change(main)
        bench.sandbox.add_field(main, "grows", "seven and a half")
        report = bench.sync(sweep=True, full=True)
        assert {outcome.table for outcome in report.outcomes if outcome.error} <= {main}, describe_report(
            report
        )
        assert report.exit_code in (0, 2), describe_report(report)
        bench.editor.swept()
        bench.judge(tables=[table for table in bench.small_world.tables if table != main])
        execute(bench.url, f'DROP VIEW "{vendor}".watching')
        _all_again(bench)
