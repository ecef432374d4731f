"""Builds of generated worlds upon the last one, with later syncs between them, compared with a build of everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from fieldhouse.pipelines.build_marts import build
from fieldhouse.pipelines.config.settings import load
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.session import Session

from .later_syncs import note_syncs, sync_again
from .oracle.comparison import variables_of
from .raw_tables import write_tables
from .worlds.world import NOW, World

SCHEMAS = ("marts", "staging")


@dataclass(frozen=True)
class LaterBuild:
    """A build after the first one.

    Attributes:
        hours: how long after the first one.
        share: of all raw rows that a sync changed before it.
    """

    hours: float
    share: float


CHAIN = (LaterBuild(2, 0.1), LaterBuild(20, 0.1), LaterBuild(44, 0.0))
"""On the same day in all zones of generated worlds, on the next, and a day later without a change."""


@dataclass
class Followed:
    """What builds upon the last one did, and where the last one differs from a build of everything.

    Attributes:
        changed: raw rows that changed before each build.
        ways: how each model was made in each later build.
        seconds: of the first build, of each later one, and of the last, which made everything.
        tables: how many tables were compared.
        differences: "schema.table: rows that differ", or a problem of a build.
    """

    changed: list[int] = field(default_factory=list)
    ways: list[Mapping[str, str]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    tables: int = 0
    differences: list[str] = field(default_factory=list)


def follow_builds(
    url: str, folder: Path, numbers: Iterable[int], chain: Sequence[LaterBuild] = CHAIN
) -> Followed:
    """Build generated worlds in one warehouse, then again after later syncs; compare the end with a full build."""
    worlds = [World(number) for number in numbers]
    clocks = {account: clock for world in worlds for account, clock in world.clocks.items()}
    write_tables(url, {account: rows for world in worlds for account, rows in world.tables.items()})
    settings = load({"HOME": str(folder)}, folder, warehouse_url=url)
    accounts, followed = list(clocks), Followed()

    def built(hours: float, *, full: bool = False) -> Mapping[str, str]:
        now = (NOW + timedelta(hours=hours)).isoformat()
        report = build(settings, variables={"now": now, **variables_of(clocks)}, tests=False, full=full)
        followed.differences += [f"build at {hours} h: {one.name}: {one.message}" for one in report.problems]
        followed.seconds.append(report.seconds)
        return report.ways

    with open_warehouse(url).session() as session:
        note_syncs(session, accounts)
    built(0)
    for number, later in enumerate(chain, 1):
        with open_warehouse(url).session() as session:
            followed.changed.append(sync_again(session, accounts, number, later.share))
        followed.ways.append(built(later.hours))
    with open_warehouse(url).session() as session:
        keep_tables(session)
    built(chain[-1].hours, full=True)
    with open_warehouse(url).session() as session:
        followed.differences += differing_tables(session)
        followed.tables = sum(len(built_tables(session, schema)) for schema in SCHEMAS)
    return followed


def built_tables(session: Session, schema: str) -> list[str]:
    """Tables of a schema that models made."""
    return [name for name in session.catalogue(schema) if name != "_builds"]


def keep_tables(session: Session) -> None:
    """Copy what the last build left."""
    for schema in SCHEMAS:
        session.db.execute(f"CREATE SCHEMA {schema}_before")
        for table in built_tables(session, schema):
            session.db.execute(f'CREATE TABLE {schema}_before."{table}" AS SELECT * FROM {schema}."{table}"')


def differing_tables(session: Session) -> list[str]:
    """ "schema.table: rows that differ" of each table that is not as it was copied."""
    differing = []
    for schema in SCHEMAS:
        for table in sorted({*built_tables(session, schema), *built_tables(session, f"{schema}_before")}):
            one, other = f'SELECT * FROM {schema}_before."{table}"', f'SELECT * FROM {schema}."{table}"'
            sql = (
                f"SELECT count(*) FROM (({one} EXCEPT ALL {other}) UNION ALL ({other} EXCEPT ALL {one})) AS d"
            )
            if count := session.fetch(sql)[0][0]:
                differing.append(f"{schema}.{table}: {count}")
    return differing
