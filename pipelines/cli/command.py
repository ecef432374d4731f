"""The decorator of commands: exit code, error messages, logging and the option ``--debug`` of every command."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import typer

from .options import Debug


def command(app: typer.Typer, name: str | None = None) -> Callable[[Callable[..., int]], Callable[..., None]]:
    """Register a function that returns an exit code as a command of ``app``.

    What the function raises is reported as an error with its next step. ``--debug`` is added if the function does not
    declare it. The parameters ``as_json``, ``verbose`` and ``debug`` decide how the command logs and ends.
    """

    def register(body: Callable[..., int]) -> Callable[..., None]:
        signature = inspect.signature(body, eval_str=True)
        has_debug = "debug" in signature.parameters

        @functools.wraps(body)
        def run(**values: Any) -> None:
            from fieldhouse.pipelines.output.console import log_to_stderr
            from fieldhouse.pipelines.output.exit import run_command

            debug = values["debug"] if has_debug else values.pop("debug")
            log_to_stderr(verbose=values.get("verbose", False), debug=debug)
            as_json = values.get("as_json", False)
            raise typer.Exit(run_command(functools.partial(body, **values), as_json=as_json, debug=debug))

        if not has_debug:
            option = inspect.Parameter(
                "debug", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Debug
            )
            signature = signature.replace(parameters=[*signature.parameters.values(), option])
        run.__signature__ = signature  # type: ignore[attr-defined]
        run.__annotations__ = {name: option.annotation for name, option in signature.parameters.items()}
        app.command(name)(run)
        return run

    return register
