"""The command line. Each command imports what it needs when it runs: help and a settings error load no database."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated, Any, Optional

import typer
import typer.core

from fieldhouse.sources.engine.startup import exit_without_teardown

from . import process
from . import schema as cli_schema
from . import state as cli_state
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
    configured,
    end,
)


class LogFormat(StrEnum):
    """The two ways to log."""

    text = "text"
    json = "json"


class Commands(typer.core.TyperGroup):
    """The commands; with ``--json`` a wrong option is told on standard output too, as every other error is."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        as_json = "--json" in ctx.args
        try:
            return super().invoke(ctx)
        except typer.TyperException as error:
            if as_json:
                from fieldhouse.pipelines.output.exit import usage

                usage(error.format_message())
            raise


app = typer.Typer(
    name="fieldhouse",
    cls=Commands,
    help="Keeps a DuckDB or Postgres warehouse true to the APIs of field-service, workforce and help-desk vendors.",
    epilog="Exit codes: 0 done · 1 a defect here · 2 a setting or a right must change · 3 out of reach, run it again · "
    "4 the vendor's answer is not understood. Settings: .dlt/config.toml, .dlt/secrets.toml or the environment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def every_command(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
    log_format: Annotated[
        LogFormat,
        typer.Option(
            "--log-format",
            envvar="FIELDHOUSE_LOG_FORMAT",
            help="What is written to standard error: lines for people, or a JSON object a line.",
        ),
    ] = LogFormat.text,
) -> None:
    """What holds for every command."""
    from fieldhouse.pipelines.output.console import log_as_json, print_line

    log_as_json(log_format is LogFormat.json)
    if version:
        from importlib.metadata import version as version_of

        print_line(f"fieldhouse {version_of('fieldhouse')}")
        raise typer.Exit


@app.command()
def demo(verbose: Verbose = False, debug: Debug = False) -> None:
    """The main job without any account: sandbox APIs, a sync, changes, a second sync, a query."""

    def body() -> int:
        from fieldhouse.pipelines.commands.demo import run

        return run(verbose=verbose)

    end(body, verbose=verbose, debug=debug)


@app.command()
def sync(
    vendors: Vendors = None,
    tables: Tables = None,
    full: Full = False,
    sweep: Sweep = False,
    since: Since = None,
    until: Until = None,
    warehouse: WarehouseUrl = None,
    as_json: Json = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """One sync: what changed at the vendors comes into the warehouse."""

    def body() -> int:
        from fieldhouse.pipelines.config.selection import jobs, window

        first, last = window(since, until)
        settings = configured(vendors, warehouse)
        chosen = jobs(settings, vendors or (), tables or ())
        from fieldhouse.pipelines.commands.sync import run
        from fieldhouse.sources.engine.extract.run import Options

        options = Options(full=full, sweep=sweep, since=first, until=last)
        return run(settings, chosen, options, as_json=as_json, verbose=verbose, debug=debug)

    end(body, as_json=as_json, verbose=verbose, debug=debug)


@app.command()
def plan(
    vendors: Vendors = None,
    tables: Tables = None,
    full: Full = False,
    sweep: Sweep = False,
    warehouse: WarehouseUrl = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """What the next sync will request, table by table, and how long it takes; reads nothing but a probe."""

    def body() -> int:
        from fieldhouse.pipelines.config.selection import jobs

        settings = configured(vendors, warehouse)
        chosen = jobs(settings, vendors or (), tables or ())
        from fieldhouse.pipelines.commands.plan import run
        from fieldhouse.sources.engine.extract.run import Options

        return run(settings, chosen, Options(full=full, sweep=sweep), as_json=as_json)

    end(body, as_json=as_json, debug=debug)


@app.command()
def check(
    vendors: Vendors = None, tables: Tables = None, as_json: Json = False, debug: Debug = False
) -> None:
    """Are the credentials good, what may the key read, and which filters does the vendor honour."""

    def body() -> int:
        from fieldhouse.pipelines.config.selection import jobs

        chosen = jobs(configured(vendors), vendors or (), tables or ())
        from fieldhouse.pipelines.commands.check import run

        return run(chosen, as_json=as_json)

    end(body, as_json=as_json, debug=debug)


@app.command()
def verify(
    vendors: Vendors = None,
    tables: Tables = None,
    repair: Annotated[bool, typer.Option("--repair", help="Mend exactly what differs.")] = False,
    warehouse: WarehouseUrl = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """The warehouse against the vendor: rows missing, extra or stale; exit 4 while differences stay."""

    def body() -> int:
        from fieldhouse.pipelines.config.selection import jobs

        settings = configured(vendors, warehouse)
        chosen = jobs(settings, vendors or (), tables or ())
        from fieldhouse.pipelines.commands.verify import run

        return run(settings, chosen, repair=repair, as_json=as_json)

    end(body, as_json=as_json, debug=debug)


@app.command()
def status(
    vendors: Vendors = None,
    max_age: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it
        typer.Option("--max-age", metavar="AGE", help="Exit 3 when a table is older, such as 2h or 30m."),
    ] = None,
    warehouse: WarehouseUrl = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Per table the last sync, rows, cursor, age, last error and schema changes; asks no vendor."""

    def body() -> int:
        from fieldhouse.pipelines.commands.status import limit, run

        oldest = limit(max_age)
        return run(configured(vendors, warehouse), vendors or (), max_age=oldest, as_json=as_json)

    end(body, as_json=as_json, debug=debug)


app.add_typer(cli_state.app, name="state")
app.add_typer(cli_schema.app, name="schema")


@app.command()
def build(warehouse: WarehouseUrl = None, as_json: Json = False, debug: Debug = False) -> None:
    """The marts: models for analysts, built and tested in the schema marts."""

    def body() -> int:
        from fieldhouse.pipelines.commands.build import run

        return run(configured([], warehouse), as_json=as_json)

    end(body, as_json=as_json, debug=debug)


@app.command()
def dashboard(
    warehouse: WarehouseUrl = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="On this machine alone.")] = 8501,
    max_age: Annotated[
        str, typer.Option("--max-age", metavar="AGE", help="From when on a table is late, such as 2h or 30m.")
    ] = "24h",
    debug: Debug = False,
) -> None:
    """A local page over the marts and the sync's health, until it is interrupted."""

    def body() -> int:
        from fieldhouse.pipelines.commands.dashboard import run
        from fieldhouse.pipelines.commands.status import limit

        oldest = limit(max_age)
        assert oldest is not None
        return run(configured([], warehouse), port=port, max_age=oldest)

    end(body, debug=debug)


@app.command()
def tables(vendors: Vendors = None, as_json: Json = False) -> None:
    """The inventory: every table with its key, how it is read, and what one row is."""

    def body() -> int:
        from fieldhouse.pipelines.commands.tables import run

        return run(vendors or (), as_json=as_json)

    end(body, as_json=as_json)


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
        from fieldhouse.pipelines.commands.sandbox import run

        return run(vendors or (), port=port, changes=changes, size=size)

    end(body, debug=debug)


@app.command()
def webhooks(
    vendors: Vendors = None,
    host: Annotated[
        str, typer.Option(help="Where to listen; others than loopback need a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8787,
    other_ids: Annotated[
        bool, typer.Option("--other-ids", help="The vendor sends external or custom ids, not its own.")
    ] = False,
    warehouse: WarehouseUrl = None,
    debug: Debug = False,
) -> None:
    """Hear a vendor's events (Shiftboard) and bring the rows concerned within seconds; syncs stay the truth."""

    def body() -> int:
        settings = configured(vendors, warehouse)
        from fieldhouse.pipelines.commands.webhooks import run

        return run(settings, settings.choose(vendors or ()), host=host, port=port, named=not other_ids)

    end(body, debug=debug)


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
