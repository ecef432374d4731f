"""The program: its options, its help, and how a wrong command line is reported."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer
import typer.core


class LogFormat(StrEnum):
    """The two log formats."""

    text = "text"
    json = "json"


class Commands(typer.core.TyperGroup):
    """The commands. With ``--json``, a wrong option is reported as JSON, like every other error."""

    def invoke(self, ctx: Any) -> Any:
        """Run the named command."""
        as_json = "--json" in ctx.args
        try:
            return super().invoke(ctx)
        except typer.TyperException as error:
            if as_json:
                from fieldhouse.pipelines.output.exit import print_usage_error

                print_usage_error(error.format_message())
            raise


app = typer.Typer(
    name="fieldhouse",
    cls=Commands,
    help="Sync the APIs of field-service, workforce and help-desk vendors into DuckDB or Postgres.",
    epilog="Exit codes: 0 done · 1 a defect of fieldhouse · 2 a setting or a right must change · "
    "3 out of reach, run it again · 4 the vendor's answer is not understood, or differences were found. "
    "Settings: .dlt/config.toml, .dlt/secrets.toml or the environment.",
    no_args_is_help=True,
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
            help="Write standard error as lines for people, or as one JSON object per line.",
        ),
    ] = LogFormat.text,
) -> None:
    """Options of every command."""
    from fieldhouse.pipelines.output.console import log_as_json, print_line

    log_as_json(log_format is LogFormat.json)
    if version:
        from importlib.metadata import version as version_of

        print_line(f"fieldhouse {version_of('fieldhouse')}")
        raise typer.Exit
