"""Deadline for receivers: alerts, metrics and traces can neither fail, delay nor change a run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from fieldhouse.pipelines.output.console import log_line

SECONDS = 15.0
"""The total time that a command waits for its receivers, all together."""


def notify_all(receivers: Mapping[str, Callable[[], None]], seconds: float = SECONDS) -> None:
    """Run every receiver on a thread of its own, and wait up to ``seconds`` for all of them together.

    An error or a missed deadline is a warning with the receiver's name. The error's text is left out: it may contain
    the receiver's address, which is a secret.
    """
    threads = {
        name: threading.Thread(target=_guarded, args=(name, notify), name=f"notify {name}", daemon=True)
        for name, notify in receivers.items()
    }
    for thread in threads.values():
        thread.start()
    deadline = time.monotonic() + seconds
    for name, thread in threads.items():
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            log_line(f"warning: {name} did not finish within {seconds:g} s; the result of the command stands")


def _guarded(name: str, notify: Callable[[], None]) -> None:
    try:
        notify()
    except Exception as error:  # noqa: BLE001 - a receiver must not change how the command ends
        log_line(f"warning: {name} failed ({type(error).__name__}); the result of the command stands")
