"""The command line. Each command imports what it needs when it runs: help and a settings error load no database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, NoReturn, Optional

import typer

app = typer.Typer(
    name="fieldhouse",
    help="Keeps a DuckDB or Postgres warehouse true to the APIs of field-service, workforce and help-desk vendors.",
    epilog="Exit codes: 0 done · 1 a defect here · 2 a setting or a right must change · 3 out of reach, run it again · "
    "4 the vendor's answer is not understood. Settings: .dlt/config.toml, .dlt/secrets.toml or the environment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
state_app = typer.Typer(no_args_is_help=True, help="What the next sync starts from: show, set, reset.")
app.add_typer(state_app, name="state")

Vendors = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer reads it
    typer.Argument(
        metavar="[VENDOR]...", help="Vendors or accounts (bossdesk.emea); all that are configured by default."
    ),
]
Tables = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--tables", metavar="GLOB", help="Only these tables; may be repeated, or hold commas."),
]
WarehouseUrl = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--warehouse", metavar="URL", help="duckdb:///file.duckdb or postgresql://…; the setting by default."
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="One JSON object on standard output, and nothing else there.")
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Tell of every table.")]
Debug = Annotated[bool, typer.Option("--debug", help="Log everything, with tracebacks; never a secret.")]
Day = Optional[str]  # noqa: UP045


def _end(
    body: Callable[[], int], *, as_json: bool = False, verbose: bool = False, debug: bool = False
) -> NoReturn:
    """Run a command's body and leave with its exit code."""
    from .console import log_to_stderr
    from .ending import ended

    log_to_stderr(verbose=verbose, debug=debug)
    raise typer.Exit(ended(body, as_json=as_json, debug=debug))


def _settings(names: list[str] | None = None, warehouse: str | None = None) -> Any:
    """The settings, with their warnings told."""
    from .console import tell
    from .settings import load, vendor_named

    for name in names or ():
        vendor_named(name.partition(".")[0])
    settings = load(only=names or (), warehouse_url=warehouse)
    for warning in settings.warnings:
        tell(f"warning: {warning}")
    return settings


@app.command()
def sync(
    vendors: Vendors = None,
    tables: Tables = None,
    full: Annotated[bool, typer.Option("--full", help="Read everything again.")] = False,
    sweep: Annotated[bool, typer.Option("--sweep", help="Look for deleted rows now.")] = False,
    since: Annotated[
        Day, typer.Option(metavar="DATE", help="Backfill from this day on; no cursor moves.")
    ] = None,
    until: Annotated[Day, typer.Option(metavar="DATE", help="Backfill up to this day.")] = None,
    warehouse: WarehouseUrl = None,
    as_json: Json = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """One sync: what changed at the vendors comes into the warehouse."""

    def body() -> int:
        from .choice import jobs, window

        first, last = window(since, until)
        settings = _settings(vendors, warehouse)
        chosen = jobs(settings, vendors or (), tables or ())
        from sources.engine.run import Options

        from .run_sync import run

        options = Options(full=full, sweep=sweep, since=first, until=last)
        return run(settings, chosen, options, as_json=as_json, verbose=verbose, debug=debug)

    _end(body, as_json=as_json, verbose=verbose, debug=debug)


@app.command()
def check(
    vendors: Vendors = None,
    tables: Tables = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Are the credentials good, what may the key read, and which filters does the vendor honour."""

    def body() -> int:
        from .choice import jobs

        chosen = jobs(_settings(vendors), vendors or (), tables or ())
        from .check import run

        return run(chosen, as_json=as_json)

    _end(body, as_json=as_json, debug=debug)


@app.command()
def status(
    vendors: Vendors = None,
    max_age: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--max-age", metavar="AGE", help="Exit 3 when a table is older, such as 2h or 30m."),
    ] = None,
    warehouse: WarehouseUrl = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Per table the last sync, rows, cursor, age, last error and schema changes; asks no vendor."""

    def body() -> int:
        from .status import limit, run

        oldest = limit(max_age)
        return run(_settings(vendors, warehouse), vendors or (), max_age=oldest, as_json=as_json)

    _end(body, as_json=as_json, debug=debug)


@app.command()
def tables(vendors: Vendors = None, as_json: Json = False) -> None:
    """The inventory: every table with its key, how it is read, and what one row is."""

    def body() -> int:
        from .inventory import run

        return run(vendors or (), as_json=as_json)

    _end(body, as_json=as_json)


@app.command()
def demo(
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """The main job without any account: sandbox APIs, a sync, changes, a second sync, a query."""

    def body() -> int:
        from .demo import run

        return run(verbose=verbose)

    _end(body, verbose=verbose, debug=debug)


@app.command()
def sandbox(
    vendors: Vendors = None,
    port: Annotated[int, typer.Option(help="Of the first API, the others follow; 0 takes free ones.")] = 0,
    changes: Annotated[float, typer.Option(min=0, help="Edits per minute at each vendor.")] = 12.0,
    size: Annotated[
        float, typer.Option(min=0.01, help="How much data; 1 is 400 tickets and the like.")
    ] = 1.0,
    debug: Debug = False,
) -> None:
    """Serve the sandbox APIs on loopback, with rows that change, and print the settings that point at them."""

    def body() -> int:
        from .serve import run

        return run(vendors or (), port=port, changes=changes, size=size)

    _end(body, debug=debug)


@state_app.command("show")
def state_show(
    vendor: Annotated[Optional[str], typer.Argument(metavar="[VENDOR]")] = None,  # noqa: UP045
    table: Annotated[Optional[str], typer.Argument(metavar="[TABLE]")] = None,  # noqa: UP045
    warehouse: WarehouseUrl = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """What the next sync of each table starts from."""

    def body() -> int:
        from .state import show

        return show(_settings(_one(vendor), warehouse), vendor, table, as_json=as_json)

    _end(body, as_json=as_json, debug=debug)


@state_app.command("set")
def state_set(
    vendor: Annotated[str, typer.Argument(metavar="VENDOR")],
    table: Annotated[str, typer.Argument(metavar="TABLE")],
    cursor: Annotated[str, typer.Argument(metavar="CURSOR", help="ISO 8601, such as 2026-11-02T08:30:00Z.")],
    warehouse: WarehouseUrl = None,
    debug: Debug = False,
) -> None:
    """Let the next sync of a table start from a time."""

    def body() -> int:
        from .state import set_cursor

        return set_cursor(_settings(_one(vendor), warehouse), vendor, table, cursor)

    _end(body, debug=debug)


@state_app.command("reset")
def state_reset(
    vendor: Annotated[str, typer.Argument(metavar="VENDOR")],
    table: Annotated[Optional[str], typer.Argument(metavar="[TABLE]")] = None,  # noqa: UP045
    warehouse: WarehouseUrl = None,
    debug: Debug = False,
) -> None:
    """Forget a table's state, or all of an account: the next sync reads everything."""

    def body() -> int:
        from .state import reset

        return reset(_settings(_one(vendor), warehouse), vendor, table)

    _end(body, debug=debug)


def _one(name: str | None) -> list[str] | None:
    return None if name is None else [name]


def main() -> None:
    """The command ``fieldhouse``."""
    app(prog_name="fieldhouse")


if __name__ == "__main__":
    main()
