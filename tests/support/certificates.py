"""Certificates for servers on loopback that are valid in any period: expired, or not valid yet."""

from __future__ import annotations

import subprocess
from datetime import datetime
from pathlib import Path

_AUTHORITY = """
[ca]
default_ca = own
[own]
database = {folder}/index.txt
rand_serial = yes
new_certs_dir = {folder}
default_md = sha256
policy = any
[any]
commonName = supplied
[extensions]
subjectAltName = DNS:{name}
"""


def make_dated_certificate(
    folder: Path, start: datetime, end: datetime, *, name: str = "localhost"
) -> tuple[Path, Path]:
    """A self-signed certificate that is valid from ``start`` to ``end`` (UTC), and its key, as PEM files."""
    folder.mkdir(exist_ok=True)
    certificate, key, request = folder / "certificate.pem", folder / "key.pem", folder / "request.pem"
    settings = folder / "authority.conf"
    settings.write_text(_AUTHORITY.format(folder=folder, name=name))
    (folder / "index.txt").touch()
    _openssl(
        *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(key)),
        *("-out", str(request), "-subj", f"/CN={name}"),
    )
    _openssl(
        *("ca", "-batch", "-selfsign", "-notext", "-config", str(settings), "-extensions", "extensions"),
        *("-keyfile", str(key), "-in", str(request), "-out", str(certificate)),
        *("-startdate", f"{start:%Y%m%d%H%M%SZ}", "-enddate", f"{end:%Y%m%d%H%M%SZ}"),
    )
    return certificate, key


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
