"""The command ``dashboard``: serves the pages of ``warehouse/dashboard`` on loopback, until it is interrupted."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fieldhouse.pipelines.config.extras import EXTRAS, install_command, is_installed
from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.inspect.freshness import existing_warehouse
from fieldhouse.pipelines.output.console import log_line
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.dashboard.source import Place

ADDRESS = "127.0.0.1"


def run(
    settings: Settings,
    *,
    port: int,
    max_age: timedelta,
    find: Callable[[str], object] = find_spec,
    serve: Callable[[Any, int], None] | None = None,
) -> int:
    """Serve until the interrupt.

    Args:
        max_age: age from which a table is late.
        find: answers whether a package is installed.
        serve: serves a web application on a port of `ADDRESS`; uvicorn by default.

    Raises:
        FixSettings: a package is missing, the port is taken, or the warehouse does not exist.
        WarehouseSettingsError: the address cannot be one of a warehouse.
    """
    if not is_installed("dashboard", find):
        raise FixSettings(
            f"the dashboard needs {', '.join(EXTRAS['dashboard'])}, which are not all installed.",
            do=f"Install the extra: {install_command('dashboard', find=find)}",
        )
    _need_port(port)
    has_copy = bool(settings.publish) and Path(settings.publish or "").exists()
    shown = (
        open_warehouse(settings.warehouse_url) if has_copy else existing_warehouse(settings, log_line)
    ).display
    place = Place(
        settings.warehouse_url,
        settings.publish or "",
        max_age.total_seconds() / 3600,
        settings.dashboard.company,
        settings.dashboard.targets,
    )
    from fieldhouse.warehouse.dashboard.app import application

    log_line(f"{shown} is shown at http://{ADDRESS}:{port} until Ctrl-C")
    (serve or _serve)(application(place), port)
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


def _serve(application: Any, port: int) -> None:
    """Within this process, so that the address with its password is on no command line."""
    import uvicorn

    uvicorn.run(
        application, host=ADDRESS, port=port, log_level="error", access_log=False, server_header=False
    )
