"""The command ``sandbox``: the stand-in APIs on loopback, with rows that change, until it is interrupted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from fieldhouse.pipelines.config.account import vendor_named
from fieldhouse.pipelines.output.console import log_line
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.sources.sandbox.sandbox import RealClock, Sandbox
from fieldhouse.sources.sandbox.server import serve

SERVING = "serving until Ctrl-C; in another terminal, with these lines set: fieldhouse sync"


def run(
    names: Sequence[str],
    *,
    port: int = 0,
    changes: float = 12.0,
    size: float = 1.0,
    rounds: Iterator[None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Serve until the interrupt.

    Args:
        port: of the first API, the others take the next ones; 0 takes free ones.
        changes: edits per minute at each vendor; 0 leaves the data alone.
        rounds: how often to go round; for ever by default.
    """
    boxes = [SANDBOXES[name](size=size, clock=RealClock()) for name in chosen(names)]
    ports = [port + index for index in range(len(boxes))] if port else []
    try:
        with serve(*boxes, ports=ports) as urls:
            for line in settings_lines(boxes, urls):
                print(line, flush=True)
            log_line(SERVING)
            _live(boxes, changes, iter(lambda: None, 0) if rounds is None else rounds, sleep)
    except KeyboardInterrupt:
        log_line("\nstopped")
    except OSError as error:
        raise FixSettings(
            f"port {port} and the next ones cannot be used: {error.strerror}.", do="Give another --port."
        ) from None
    return 0


def chosen(names: Sequence[str]) -> list[str]:
    """The vendors that have a stand-in, of those that are named; all where none is.

    Raises:
        FixSettings: no such vendor, or one without a stand-in.
    """
    for name in names:
        if vendor_named(name).name not in SANDBOXES:
            raise FixSettings(f"{name} has no sandbox.", do=f"These have: {', '.join(SANDBOXES)}.")
    return list(dict.fromkeys(names)) or list(SANDBOXES)


def settings_lines(boxes: Sequence[Sandbox], urls: Mapping[str, str]) -> Iterator[str]:
    """The settings that point at the stand-ins: for a shell, and the same for ``.dlt/secrets.toml``."""
    settings = {box.name: box.settings(urls[box.name]) for box in boxes}
    yield "# for a shell:"
    for name, values in settings.items():
        for setting, value in values.items():
            yield f"export SOURCES__{name.upper()}__{setting.upper()}='{value}'"
    yield "# or in .dlt/secrets.toml:"
    for name, values in settings.items():
        yield f"# [sources.{name}]"
        for setting, value in values.items():
            yield f'# {setting} = "{value}"'


def _live(
    boxes: Sequence[Sandbox], changes: float, rounds: Iterator[None], sleep: Callable[[float], None]
) -> None:
    for _ in rounds:
        sleep(60 / changes if changes else 3600)
        for box in boxes if changes else ():
            for line in box.edit(1):
                log_line(f"{box.name}: {line}")
