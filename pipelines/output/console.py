"""What the commands print: lines, tables and one JSON object. Never a secret, and no colours for a pipe."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TextIO

from fieldhouse.sources.engine.redact import RedactingFilter, redact

_CONTROL = {code: None for code in (*range(32), 127, *range(128, 160)) if chr(code) not in "\n\t"}
_ESCAPED = {code: f"\\u{code:04x}" for code in (127, *range(128, 160))}
"""The control characters that JSON's writer leaves as they are."""


@dataclass
class _Logs:
    as_json: bool = False
    output_failed: bool = False
    copy: Callable[[str], None] | None = None


_logs = _Logs()
_LOUD = ("httpx", "httpcore", "dlt", "urllib3", "asyncio")


def _write(name: str, text: str) -> None:
    """Write a line to standard output or standard error. A stream that is closed, full or broken changes no result."""
    stream = getattr(sys, name)
    try:
        print(text, file=stream or _discard(), flush=True)
    except BrokenPipeError:  # standard output is closed, as after ``| head``
        setattr(sys, name, _discard())
    except (OSError, ValueError) as error:
        setattr(sys, name, _discard())
        if name == "stdout":
            _logs.output_failed = True
            reason = getattr(error, "strerror", None) or error
            log_line(f"warning: the report could not be written to standard output: {reason}")


def _discard() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")


def output_failed() -> bool:
    """True if a part of the report could not be written to standard output."""
    return _logs.output_failed


def is_terminal(stream: TextIO | None) -> bool:
    """True if a stream is open and a terminal."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def clean(text: str) -> str:
    """``text`` without secrets, and without control characters: vendors' texts reach terminals."""
    return redact(text).translate(_CONTROL)


def print_line(text: str = "") -> None:
    """One line on standard output."""
    _write("stdout", clean(text))


def print_exactly(text: str) -> None:
    """Text for a program, on standard output: only a terminal gets it without its control characters."""
    _write("stdout", clean(text) if is_terminal(sys.stdout) else redact(text))


def log_line(text: str) -> None:
    """One line on standard error: progress, warnings, errors."""
    show_line(text)
    copy_line(text)


def show_line(text: str) -> None:
    """One line on standard error that is left out of log files: they have their own progress."""
    if _logs.as_json:
        _write("stderr", _json_line(*_level_of(text), {}))
    else:
        _write("stderr", clean(text))


def copy_line(text: str) -> None:
    """One line in the log file alone."""
    if _logs.copy:
        _logs.copy(_json_line(*_level_of(text), {}))


def log_event(text: str, **values: Any) -> None:
    """One event with its values: in the log file, and on standard error where logs are JSON."""
    _log_json("info", text, values)


def copy_logs(copy: Callable[[str], None] | None) -> None:
    """Pass every further log line to ``copy`` as well, as a JSON object; None ends that."""
    _logs.copy = copy


def _level_of(text: str) -> tuple[str, str]:
    level = next((word for word in ("warning", "error") if text.startswith(f"{word}: ")), "info")
    return level, text.removeprefix(f"{level}: ")


def _log_json(level: str, text: str, values: Mapping[str, Any]) -> None:
    if _logs.as_json or _logs.copy:
        line = _json_line(level, text, values)
        if _logs.as_json:
            _write("stderr", line)
        if _logs.copy:
            _logs.copy(line)


def _json_line(level: str, text: str, values: Mapping[str, Any]) -> str:
    moment = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"time": moment, "level": level, "message": text, **values}
    return json.dumps(_cleaned(line), ensure_ascii=False, default=_plain)


class JsonLines(logging.Handler):
    """What libraries log, as the same lines."""

    def emit(self, record: logging.LogRecord) -> None:
        values = {"logger": record.name, **({"traceback": record.exc_text} if record.exc_text else {})}
        _log_json(record.levelname.lower(), record.getMessage(), values)


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object on standard output."""
    text = json.dumps(_redacted(value), indent=2, ensure_ascii=False, default=_plain)
    _write("stdout", text.translate(_ESCAPED))


def print_grid(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: Sequence[str] = (),
    spare: Sequence[str] = (),
) -> None:
    """A table on standard output; the columns named in ``numbers`` are aligned to the right.

    A terminal that is too narrow gets no columns without a value, nor those named in ``spare``.
    """
    cells = [[clean(cell) for cell in row] for row in rows]
    if is_terminal(sys.stdout):
        shown = fitting(headers, cells, spare, shutil.get_terminal_size().columns)
        _drawn([headers[at] for at in shown], [[row[at] for at in shown] for row in cells], numbers)
        return
    widths = [max(map(len, column)) for column in zip(headers, *cells, strict=True)]
    for row in (headers, *cells):
        parts = [
            cell.rjust(width) if name in numbers else cell.ljust(width)
            for cell, width, name in zip(row, widths, headers, strict=True)
        ]
        _write("stdout", "  ".join(parts).rstrip())


def quantity(number: int, noun: str) -> str:
    """``1 table``, ``1,200 tables``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """``7.5 s``, ``12 min``, ``3 h``, ``5 d``: as much as a glance needs."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    for unit, size, below in (("min", 60, 2 * 3600), ("h", 3600, 2 * 86400)):
        if seconds < below:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86400:.0f} d"


def log_as_json(as_json: bool) -> None:
    """Whether everything on standard error is a JSON object a line."""
    _logs.as_json = as_json


def logs_are_json() -> bool:
    """The last argument of ``log_as_json``."""
    return _logs.as_json


def log_to_stderr(*, verbose: bool = False, debug: bool = False) -> None:
    """One handler on standard error, through which no secret passes; other libraries are heard from warnings on."""
    handler = JsonLines() if _logs.as_json else logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(RedactingFilter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if debug else logging.INFO if verbose else logging.WARNING)
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)


def fitting(
    headers: Sequence[str], cells: Sequence[Sequence[str]], spare: Sequence[str], width: int
) -> list[int]:
    """Which columns a terminal of ``width`` characters shows."""
    widths = [max(map(len, column)) + 2 for column in zip(headers, *cells, strict=True)]
    shown = list(range(len(headers)))
    if sum(widths) > width:
        shown = [at for at in shown if any(row[at] for row in cells)]
    for at in [at for at in shown if headers[at] in spare]:
        if sum(widths[column] for column in shown) > width:
            shown.remove(at)
    return shown


def _drawn(headers: Sequence[str], cells: Sequence[Sequence[str]], numbers: Sequence[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, padding=(0, 1))
    for at, name in enumerate(headers):
        table.add_column(
            name, justify="right" if name in numbers else "left", overflow="fold", no_wrap=at == 0
        )
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(table)


def _cleaned(value: Any, text: Callable[[str], str] = clean) -> Any:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        return {key: _cleaned(inner, text) for key, inner in value.items()}
    return [_cleaned(inner, text) for inner in value] if isinstance(value, (list, tuple)) else value


def _redacted(value: Any) -> Any:
    """The value without secrets; a control character is escaped in JSON, so that no terminal meets it."""
    return _cleaned(value, redact)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.total_seconds() if isinstance(value, timedelta) else clean(str(value))
