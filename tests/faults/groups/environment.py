"""Group E36: variables of other tools, settings with stray characters, and outputs that cannot be written."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tests.faults.case import Case
from tests.faults.commands import command, runner_of, sync_tables
from tests.faults.fault_bench import FaultBench
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.process_environment import environment_with
from tests.faults.small_worlds import SMALL_WORLDS
from tests.faults.warehouses import DIALECTS
from tests.support.cli_runner import CommandResult, CommandRunner

_LIBRARIES = {
    "dlt-naming": {"SCHEMA__NAMING": "sql_ci_v1"},
    "dlt-files": {"DATA_WRITER__BUFFER_MAX_ITEMS": "1", "DATA_WRITER__DISABLE_COMPRESSION": "true"},
    "dlt-file-size": {"NORMALIZE__DATA_WRITER__FILE_MAX_BYTES": "1", "LOAD__WORKERS": "1"},
    "dlt-credentials": {
        "DESTINATION__CREDENTIALS": "postgresql://a:b@192.0.2.1/x",
        "CREDENTIALS": "duckdb:///x",
    },
    "dlt-staging": {
        "LOAD__TRUNCATE_STAGING_DATASET": "true",
        "DESTINATION__REPLACE_STRATEGY": "staging-optimized",
    },
    "dlt-logs": {"RUNTIME__LOG_LEVEL": "DEBUG", "RUNTIME__DLTHUB_TELEMETRY": "true"},
    "dlt-folder": {"DLT_DATA_DIR": "/proc/nowhere", "DLT_PROJECT_DIR": "/proc/nowhere"},
    "opentelemetry": {"OTEL_SDK_DISABLED": "false", "OTEL_TRACES_EXPORTER": "otlp", "OTEL_PROPAGATORS": "x"},
}
"""Variables that libraries of ours read where they load rows."""
_INTERPRETER = {
    "zone": {"TZ": "Asia/Kathmandu"},
    "locale": {"LC_ALL": "POSIX", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "ascii-output": {"PYTHONIOENCODING": "ascii"},
    "optimized": {"PYTHONOPTIMIZE": "2"},
    "warnings": {"PYTHONWARNINGS": "default", "PYTHONDEVMODE": "0"},
    "no-home": {"HOME": "/proc/nowhere"},
    "no-temporary-folder": {"TMPDIR": "/proc/nowhere"},
    "no-width": {"COLUMNS": "0", "FORCE_COLOR": "1"},
}
"""Variables that a process reads at its start."""
_OUTPUTS = ("full", "closed", "broken")
_SETTINGS = ("carriage-returns", "blanks", "byte-order-mark", "windows-lines")


def cases(seed: int) -> Iterator[Case]:
    for number, vendor in enumerate(known(SMALL_WORLDS)):
        kinds: dict[str, Callable[..., None]] = {
            **{f"library-{name}": partial(_library, value) for name, value in _LIBRARIES.items()},
            **{f"setting-{name}": partial(_setting, name) for name in _SETTINGS},
        }
        if vendor in ("notific", "servicesidekick"):
            kinds |= {f"process-{name}": partial(_process, value) for name, value in _INTERPRETER.items()}
            kinds |= {f"output-{name}": partial(_output, name) for name in _OUTPUTS}
        for place, (name, run) in enumerate(kinds.items()):
            dialect = DIALECTS[(number + place) % 2]
            yield Case("E36", f"{vendor}-{dialect}-{name}", partial(run, vendor, seed, dialect))


def _library(variables: dict[str, str], vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    """Rows land by dlt, which reads its own variables: they change nothing."""
    with benches.bench(vendor, dialect, seed) as bench:
        bench.direct = False
        bench.edit(6)
        with environment_with(**variables):
            bench.synced(sweep=True)
        bench.judge()
        bench.edit(4)
        bench.direct = bench.heals_directly = True
        bench.healed()


def _setting(name: str, vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    """Settings with stray characters at their ends, or in files of another system, mean what they say."""
    with benches.bench(vendor, dialect, seed, sockets=True) as bench:
        bench.edit(6)
        variables = dict(bench.environment)
        variables.pop("HOME")
        if name in ("carriage-returns", "blanks"):
            end = {"carriage-returns": "\r", "blanks": "  \n"}[name]
            more = {key: value + end for key, value in variables.items()}
            result = command(
                bench, "sync", *sync_tables(bench), "--sweep", WAREHOUSE__URL=f"{bench.url}{end}", **more
            )
        else:
            result = _from_files(bench, name, variables)
        assert result.code == 0, result.all
        bench.judge()
        assert not [path.name for path in bench.folder.rglob("*") if path.name != path.name.strip()]
        bench.healed()


def _from_files(bench: FaultBench, name: str, variables: dict[str, str]) -> CommandResult:
    """A sync whose account's settings are in a file, with a mark at its start or with line ends of Windows."""
    section = f"SOURCES__{bench.sandbox.name.upper()}__"
    lines = [f"[sources.{bench.sandbox.name}]"]
    lines += [f"{key.removeprefix(section).lower()} = '{value}'" for key, value in variables.items()]
    text = "\n".join(lines) + "\n"
    data = (
        b"\xef\xbb\xbf" + text.encode() if name == "byte-order-mark" else text.replace("\n", "\r\n").encode()
    )
    (bench.folder / ".dlt").mkdir()
    (bench.folder / ".dlt" / "secrets.toml").write_bytes(data)
    (bench.folder / ".dlt" / "secrets.toml").chmod(0o600)
    runner = CommandRunner(bench.folder, {"WAREHOUSE__URL": bench.url})
    return runner.run("sync", bench.sandbox.name, *sync_tables(bench), "--sweep")


def _process(variables: dict[str, str], vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    """A process with such an environment has the same result, or exit 2 that names the folder that it lacks."""
    with benches.bench(vendor, dialect, seed, sockets=True) as bench:
        bench.edit(6)
        result = runner_of(bench).run_in_process(
            "sync", "--json", "--sweep", *sync_tables(bench), **variables
        )
        assert "Traceback" not in result.all, result.all
        assert result.code in (0, 2), result.all
        if result.code == 0:
            bench.judge()
            assert result.json["vendors"], result.out
        else:
            assert "/proc/nowhere" in result.all, result.all
        bench.healed()


def _output(name: str, vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    """Standard output is full, closed or nobody reads it: the rows are there, and no traceback is."""
    with benches.bench(vendor, dialect, seed, sockets=True) as bench:
        bench.edit(6)
        runner = runner_of(bench)
        arguments = [sys.executable, "-m", "fieldhouse.pipelines.cli", "sync", "--sweep", *sync_tables(bench)]
        read, write = os.pipe()
        os.close(read)
        with Path("/dev/full").open("w") as full:
            process = subprocess.run(
                ["sh", "-c", 'exec "$@" >&-', "sh", *arguments] if name == "closed" else arguments,
                cwd=bench.folder,
                env=runner.environment(),
                stdout=full if name == "full" else write,
                stderr=subprocess.PIPE,
                timeout=120,
                check=False,
            )
        os.close(write)
        text = process.stderr.decode()
        assert "Traceback" not in text, text
        assert "defect" not in text, text
        assert process.returncode in (0, 3, 141), (process.returncode, text)
        bench.judge()
        bench.healed()
