"""A real pgbouncer in front of a test's Postgres; tests skip where the machine has none."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from .postgres_server import _free_port, _ordinary_user

_PLACES = ("/usr/sbin", "/usr/bin", "/usr/local/bin")


def program() -> str | None:
    """The path of pgbouncer; None where it is not installed."""
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path=":".join(_PLACES))


@contextmanager
def pgbouncer(url: str, mode: str) -> Iterator[str]:
    """The address of a pooler in ``session`` or ``transaction`` mode before the database at ``url``."""
    actual = program()
    if actual is None:
        pytest.skip("pgbouncer is not installed: apt install pgbouncer")
    parts, port, user = urlsplit(url), _free_port(), _ordinary_user()
    folder = Path(tempfile.mkdtemp(prefix="fieldhouse-pool-", dir="/tmp"))
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n{parts.path.lstrip('/')} = host={parts.hostname} port={parts.port} user={parts.username}"
        f" password={parts.password}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
        f"auth_type = any\npool_mode = {mode}\ndefault_pool_size = 5\nunix_socket_dir =\n"
        "ignore_startup_parameters = extra_float_digits\n"
    )
    if user:
        for path in (folder, folder / "pgbouncer.ini"):
            shutil.chown(path, user)
    process = subprocess.Popen(
        [actual, "-q", str(folder / "pgbouncer.ini")],
        user=user,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield urlunsplit(parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}"))
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            pytest.fail(f"pgbouncer ended with {process.returncode}")
        time.sleep(0.05)
    pytest.fail("pgbouncer does not listen")
