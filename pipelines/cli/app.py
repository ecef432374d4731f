"""The commands of the command line.

Each command imports what it needs when it runs, so that help and a wrong setting load no database.
"""

from __future__ import annotations

import sys
from typing import Annotated, Optional

import typer

from fieldhouse.sources.engine.startup import exit_without_teardown

from . import process, schema, state
from .command import command
from .options import (
    Debug,
    Full,
    Json,
    Since,
    Sweep,
    Tables,
    Until,
    Vendors,
    Verbose,
    WarehouseUrl,
    load_settings,
)
from .root import app as app


@command(app)
def demo(verbose: Verbose = False) -> int:
    """Run the whole pipeline against local sandbox APIs; no account needed."""
    from fieldhouse.pipelines.commands.demo import run

    return run(verbose=verbose)


@command(app)
def init(vendors: Vendors = None) -> int:
    """Write .dlt/secrets.toml, .dlt/config.toml and .gitignore for the vendors, ask for credentials, and check them."""
    from fieldhouse.pipelines.commands.init import run

    def check_vendors(names: list[str]) -> int:
        from fieldhouse.pipelines.commands.check import run as run_check
        from fieldhouse.pipelines.config.selection import jobs

        settings = load_settings(names)
        return run_check(settings, jobs(settings, names))

    return run(vendors or (), check_vendors)


@command(app)
def sync(
    vendors: Vendors = None,
    tables: Tables = None,
    full: Full = False,
    sweep: Sweep = False,
    since: Since = None,
    until: Until = None,
    warehouse: WarehouseUrl = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", hidden=True, help="Show the command plan.")] = False,
    as_json: Json = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> int:
    """Sync changes from the vendors into the warehouse."""
    from fieldhouse.pipelines.config.selection import jobs, refuse_dry_run, window

    if dry_run:
        refuse_dry_run(vendors or ())

    first, last = window(since, until)
    settings = load_settings(vendors, warehouse)
    chosen = jobs(settings, vendors or (), tables or ())
    from fieldhouse.pipelines.commands.sync import run
    from fieldhouse.sources.engine.changes.options import Options

    options = Options(full=full, sweep=sweep, since=first, until=last)
    return run(settings, chosen, options, as_json=as_json, verbose=verbose, debug=debug)


@command(app)
def plan(
    vendors: Vendors = None,
    tables: Tables = None,
    full: Full = False,
    sweep: Sweep = False,
    warehouse: WarehouseUrl = None,
    as_json: Json = False,
) -> int:
    """Estimate the requests and the time of the next sync, table by table, with a few test requests."""
    from fieldhouse.pipelines.config.selection import jobs

    settings = load_settings(vendors, warehouse)
    chosen = jobs(settings, vendors or (), tables or ())
    from fieldhouse.pipelines.commands.plan import run
    from fieldhouse.sources.engine.changes.options import Options

    return run(settings, chosen, Options(full=full, sweep=sweep), as_json=as_json)


@command(app)
def check(
    vendors: Vendors = None,
    tables: Tables = None,
    warehouse: WarehouseUrl = None,
    as_json: Json = False,
) -> int:
    """Check credentials, read access per table, which incremental filters work, and which mart columns are empty."""
    from fieldhouse.pipelines.config.selection import jobs

    settings = load_settings(vendors, warehouse)
    chosen = jobs(settings, vendors or (), tables or ())
    from fieldhouse.pipelines.commands.check import run

    return run(settings, chosen, as_json=as_json)


@command(app)
def verify(
    vendors: Vendors = None,
    tables: Tables = None,
    repair: Annotated[bool, typer.Option("--repair", help="Fix the differences that were found.")] = False,
    warehouse: WarehouseUrl = None,
    as_json: Json = False,
) -> int:
    """Compare every row of the warehouse with the vendor; exit 4 if rows are missing, extra or stale."""
    from fieldhouse.pipelines.config.selection import jobs

    settings = load_settings(vendors, warehouse)
    chosen = jobs(settings, vendors or (), tables or ())
    from fieldhouse.pipelines.commands.verify import run

    return run(settings, chosen, repair=repair, as_json=as_json)


@command(app)
def status(
    vendors: Vendors = None,
    max_age: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it
        typer.Option(
            "--max-age", metavar="AGE", help="Exit 3 if a table is older than this, such as 2h or 30m."
        ),
    ] = None,
    summary: Annotated[bool, typer.Option("--summary", help="Print one line per account.")] = False,
    warehouse: WarehouseUrl = None,
    as_json: Json = False,
) -> int:
    """Show the last sync, row counts, cursor, age, errors and schema changes of each table.

    Reads only the warehouse.
    """
    from fieldhouse.pipelines.commands.status import run
    from fieldhouse.pipelines.config.selection import age

    oldest = age(max_age, "--max-age")
    settings = load_settings(vendors, warehouse)
    return run(settings, vendors or (), max_age=oldest, summary=summary, as_json=as_json)


@command(app)
def runs(
    vendors: Vendors = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=1_000_000_000, help="Show up to this many runs.")
    ] = 20,
    warehouse: WarehouseUrl = None,
    as_json: Json = False,
) -> int:
    """Show the last runs: when, how long, what changed, and what failed. Reads only the warehouse."""
    from fieldhouse.pipelines.commands.runs import run

    return run(load_settings(vendors, warehouse), vendors or (), limit=limit, as_json=as_json)


@command(app)
def query(
    sql: Annotated[
        str, typer.Argument(metavar="SQL", help="A query, such as 'SELECT * FROM marts.tickets'.")
    ],
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the rows as CSV.")] = False,
    warehouse: WarehouseUrl = None,
    as_json: Json = False,
) -> int:
    """Run a query against the warehouse, read-only, and print its rows."""
    from fieldhouse.pipelines.commands.query import run

    return run(load_settings([], warehouse), sql, as_csv=as_csv, as_json=as_json)


app.add_typer(state.app, name="state")
app.add_typer(schema.app, name="schema")


@command(app)
def build(
    full: Annotated[
        bool,
        typer.Option(
            "--full", help="Build every row again, also in a large warehouse of which little changed."
        ),
    ] = False,
    warehouse: WarehouseUrl = None,
    as_json: Json = False,
) -> int:
    """Build and test the marts: the models for analysts in the schema marts."""
    from fieldhouse.pipelines.commands.build import run

    return run(load_settings([], warehouse), full=full, as_json=as_json)


@command(app)
def maintain(
    keep: Annotated[
        str,
        typer.Option(
            "--keep", metavar="AGE", help="Keep the runs of this period in the run log, such as 90d."
        ),
    ] = "90d",
    warehouse: WarehouseUrl = None,
    as_json: Json = False,
) -> int:
    """Prune the run log and leave the warehouse compact."""
    from fieldhouse.pipelines.commands.maintain import run
    from fieldhouse.pipelines.config.selection import age

    period = age(keep, "--keep")
    assert period is not None
    return run(load_settings([], warehouse), keep=period, as_json=as_json)


@command(app)
def dashboard(
    warehouse: WarehouseUrl = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Listen on this port of this machine.")] = 8501,
    max_age: Annotated[
        str,
        typer.Option(
            "--max-age", metavar="AGE", help="Show a table as late from this age on, such as 2h or 30m."
        ),
    ] = "24h",
) -> int:
    """Serve a local page with the marts and the health of the syncs, until interrupted."""
    from fieldhouse.pipelines.commands.serve.dashboard import run
    from fieldhouse.pipelines.config.selection import age

    oldest = age(max_age, "--max-age")
    assert oldest is not None
    return run(load_settings([], warehouse), port=port, max_age=oldest)


@command(app)
def tables(vendors: Vendors = None, as_json: Json = False) -> int:
    """List every table with its key, how it is read, and what one row is."""
    from fieldhouse.pipelines.commands.tables import run

    return run(vendors or (), as_json=as_json)


@command(app)
def sandbox(
    vendors: Vendors = None,
    port: Annotated[
        int,
        typer.Option(
            help="Serve the first API on this port and the others on the next ones; 0 picks free ports."
        ),
    ] = 0,
    changes: Annotated[
        float, typer.Option(min=0, help="Edit this many rows per minute at each vendor.")
    ] = 12.0,
    size: Annotated[
        float, typer.Option(min=0.01, help="Serve this amount of data; 1 is about 400 tickets.")
    ] = 1.0,
) -> int:
    """Serve the sandbox APIs on loopback, with rows that change, and print the settings that point at them."""
    from fieldhouse.pipelines.commands.serve.sandbox import run

    return run(vendors or (), port=port, changes=changes, size=size)


@command(app)
def webhooks(
    vendors: Vendors = None,
    host: Annotated[
        str, typer.Option(help="Listen on this address; any other than loopback needs a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Listen on this port; 0 picks a free port.")] = 8787,
    other_ids: Annotated[
        bool, typer.Option("--other-ids", help="Expect external or custom ids instead of the vendor's own.")
    ] = False,
    warehouse: WarehouseUrl = None,
) -> int:
    """Listen for webhooks (Shiftboard) and refresh the affected rows within seconds.

    Scheduled syncs remain authoritative.
    """
    settings = load_settings(vendors, warehouse)
    from fieldhouse.pipelines.commands.serve.webhooks import run

    return run(settings, settings.choose(vendors or ()), host=host, port=port, named=not other_ids)


def main() -> None:
    """The command ``fieldhouse``."""
    process.prepare(sys.argv[1:])
    try:
        app(prog_name="fieldhouse")
    except SystemExit as ended:
        if isinstance(ended.code, int):
            exit_without_teardown(ended.code)
        raise


if __name__ == "__main__":
    main()
