"""Environments that hold the built wheel: made from the packages that are installed here, so nothing is fetched."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent.parent.parent
SITE = Path(sysconfig.get_paths()["purelib"])


@dataclass(frozen=True)
class WheelEnvironment:
    """A virtual environment with the wheel and the packages that it asks for.

    Args:
        folder: the environment.
        wheel: the wheel that was unpacked there.
    """

    folder: Path
    wheel: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def site(self) -> Path:
        return site_packages(self.folder)

    def variables(self, home: Path, more: Mapping[str, str]) -> dict[str, str]:
        """What a new user's shell has: no setting of ours, no path to the repository."""
        path = os.pathsep.join([str(self.folder / "bin"), "/usr/bin", "/bin"])
        return {"PATH": path, "HOME": str(home), "COLUMNS": "160", **more}

    def run(self, folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """``fieldhouse …`` in a folder, as the installed command starts."""
        return subprocess.run(
            [self.folder / "bin" / "fieldhouse", *arguments],
            cwd=folder,
            env=self.variables(folder, more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def build_wheel(folder: Path) -> Path:
    """The wheel of this checkout, built into a folder."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


def make_environment(folder: Path, wheel: Path, extras: tuple[str, ...] = ()) -> WheelEnvironment:
    """An environment with the wheel, its dependencies and those of ``extras``, and nothing else."""
    venv.create(folder, with_pip=False, symlinks=True)
    site = site_packages(folder)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    for package in _closure("fieldhouse", extras):
        for name in _top_level(package):
            target = site / name
            if not target.exists():
                target.symlink_to(SITE / name)
    script = folder / "bin" / "fieldhouse"
    module, _, function = _entry_point(site).partition(":")
    script.write_text(f"#!{folder}/bin/python\nfrom {module} import {function}\n{function}()\n")
    script.chmod(0o755)
    return WheelEnvironment(folder, wheel)


def site_packages(folder: Path) -> Path:
    return folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"


def _entry_point(site: Path) -> str:
    (entry_points,) = site.glob("fieldhouse-*.dist-info/entry_points.txt")
    (line,) = re.findall(r"^fieldhouse = (\S+)$", entry_points.read_text(), re.M)
    return str(line)


def _closure(name: str, extras: tuple[str, ...]) -> list[Distribution]:
    """Every distribution that ``name`` with these extras asks for, at any depth."""
    wanted: list[tuple[str, frozenset[str]]] = [(name, frozenset(extras))]
    seen: set[tuple[str, frozenset[str]]] = set()
    packages: dict[str, Distribution] = {}
    while wanted:
        entry = wanted.pop()
        if entry in seen:
            continue
        seen.add(entry)
        try:
            package = distribution(entry[0])
        except PackageNotFoundError:  # what its test names, if a command misses it
            continue
        if entry[0] != name:
            packages[entry[0]] = package
        for line in package.requires or ():
            requirement = Requirement(line)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *entry[1])):
                wanted.append((requirement.name.lower(), frozenset(requirement.extras)))
    return list(packages.values())


def _top_level(package: Distribution) -> Iterator[str]:
    """What a distribution has put into site-packages: folders and modules, by its RECORD."""
    yield from sorted(
        {file.parts[0] for file in package.files or () if file.parts[0] not in ("..", "__pycache__")}
    )
