"""Real proxies on loopback, tinyproxy and squid, with their logs."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PLACES = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"


@dataclass(frozen=True)
class ProxyProgram:
    """A proxy that runs: its address, and the files that it writes about its requests."""

    address: str
    logs: tuple[Path, ...]

    def log(self) -> bytes:
        return b"".join(path.read_bytes() for path in self.logs if path.exists())


def program(name: str) -> str | None:
    """The path of an installed proxy; None if the machine has none (apt install tinyproxy squid)."""
    return shutil.which(name) or shutil.which(name, path=_PLACES)


def _tinyproxy(port: int, folder: Path) -> tuple[str, list[str], tuple[Path, ...]]:
    log = folder / "tinyproxy.log"
    text = f'Port {port}\nListen 127.0.0.1\nLogFile "{log}"\nLogLevel Info\nMaxClients 20\n'
    return text, ["-d", "-c"], (log,)


def _squid(port: int, folder: Path) -> tuple[str, list[str], tuple[Path, ...]]:
    """Its log has the parameters of addresses, which it leaves out by default: a credential in them would show."""
    logs = (folder / "access.log", folder / "cache.log")
    text = (
        f"http_port 127.0.0.1:{port}\nhttp_access allow all\ncache deny all\npid_filename none\n"
        f"access_log stdio:{logs[0]}\ncache_log {logs[1]}\ncoredump_dir {folder}\nstrip_query_terms off\n"
        "shutdown_lifetime 0 seconds\npinger_enable off\nmax_filedescriptors 1024\nbuffered_logs off\n"
    )
    return text, ["-N", "-f"], logs[:1]


PROGRAMS: dict[str, Callable[[int, Path], tuple[str, list[str], tuple[Path, ...]]]] = {
    "tinyproxy": _tinyproxy,
    "squid": _squid,
}


@contextmanager
def proxy_program(name: str) -> Iterator[ProxyProgram | None]:
    """The proxy for as long as the block lasts; None if it is not installed."""
    path = program(name)
    if path is None:
        yield None
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="fieldhouse-proxy-", dir="/tmp"))
    folder.chmod(0o777)  # squid writes its logs as a user of its own
    text, options, logs = PROGRAMS[name](port, folder)
    settings = folder / "settings.conf"
    settings.write_text(text)
    process = subprocess.Popen(
        [path, *options, str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(name, port, process)
        yield ProxyProgram(f"http://127.0.0.1:{port}", logs)
    finally:
        process.kill()  # squid would wait for its clients
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(name: str, port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            raise RuntimeError(f"{name} ended with {process.returncode}")
        time.sleep(0.05)
    raise RuntimeError(f"{name} does not listen")
