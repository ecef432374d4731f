"""The command ``dashboard``: serves the page in ``warehouse/dashboard`` on loopback, until it is interrupted."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fieldhouse.pipelines.config.extras import install_command, is_installed
from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.output.console import log_line
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.dashboard.source import Place

ADDRESS = "127.0.0.1"
PAGE = Path(__file__).parents[2] / "warehouse" / "dashboard" / "app.py"
OPTIONS: dict[str, Any] = {
    "server_address": ADDRESS,
    "server_allowedHosts": ["localhost", ADDRESS],
    "server_headless": True,
    "server_fileWatcherType": "none",
    "browser_gatherUsageStats": False,
    "browser_serverAddress": ADDRESS,
    "client_toolbarMode": "minimal",
    "client_showErrorDetails": "type",
    "runner_magicEnabled": False,
    "logger_level": "error",
    "logger_hideWelcomeMessage": True,
    "theme_light_primaryColor": "#2E7EC4",
    "theme_dark_primaryColor": "#2E7EC4",
}
"""Streamlit's settings: this machine alone, nothing told to anybody, no file watched."""


def run(
    settings: Settings,
    *,
    port: int,
    max_age: timedelta,
    find: Callable[[str], object] = find_spec,
    serve: Callable[[str, list[str], dict[str, Any]], None] | None = None,
) -> int:
    """Serve until the interrupt.

    Args:
        max_age: from which on a table is late.
        find: says whether a package is installed.
        serve: runs a script with arguments and options of Streamlit's, by Streamlit by default.

    Raises:
        FixSettings: Streamlit is not installed, or the port is taken.
        WarehouseSettingsError: the address cannot be one of a warehouse.
    """
    if not is_installed("dashboard", find):
        raise FixSettings(
            "the dashboard needs Streamlit, which is not installed.",
            do=f"Install the extra: {install_command('dashboard', find=find)}",
        )
    _need_port(port)
    shown = open_warehouse(settings.warehouse_url).display
    place = Place(settings.warehouse_url, settings.publish or "", max_age.total_seconds() / 3600)
    log_line(f"{shown} is shown at http://{ADDRESS}:{port} until Ctrl-C")
    (serve or _serve)(str(PAGE), [place.packed()], {**OPTIONS, "server_port": port})
    return 0


def _need_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            raise FixSettings(
                f"port {port} cannot be used: {error.strerror}.", do=f"Give another one: --port {port + 1}."
            ) from None


def _serve(script: str, arguments: list[str], options: dict[str, Any]) -> None:
    """Within this process, so that the address with its password is on no command line."""
    bootstrap = import_module("streamlit.web.bootstrap")
    bootstrap.load_config_options(flag_options=options)
    bootstrap.run(script, False, arguments, options)
