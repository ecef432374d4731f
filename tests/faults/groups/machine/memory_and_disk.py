"""Groups A5 and A6: out of memory, and disks that are full."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.faults.case import Case, Skipped
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import WITH_WORKING_FOLDER, known
from tests.faults.injection_points import InjectionPoint
from tests.faults.warehouses import FILES

MIB = 1024 * 1024


def cases(seed: int) -> Iterator[Case]:
    yield from _memory(seed)
    yield from _disk(seed)


def _memory(seed: int) -> Iterator[Case]:
    for vendor in known(("bossdesk", "servicebridge")):
        for mib in (24, 96, 240, 480):
            yield Case("A5", f"{vendor}-{mib}-MiB", partial(_out_of_memory, vendor, seed, mib))


def _out_of_memory(vendor: str, seed: int, mib: int, benches: FaultBenches) -> None:
    """It may end in any way but as if a setting were wrong; nothing may be there by halves afterwards."""
    with benches.bench(vendor, seed=seed, sockets=True) as bench:
        bench.edit(8)
        ending = bench.broken(options={"sweep": True}, memory=mib * MIB)
        assert ending.code != 2, ending
        if ending.code == 0:
            bench.judge()
        bench.healed()


def _disk(seed: int) -> Iterator[Case]:
    for vendor in known(("bossdesk", "servicebridge", "notific")):
        for first in (True, False):
            for kib in (8, 200, 300, 800):
                phase = "first" if first else "later"
                yield Case(
                    "A6", f"{vendor}-{phase}-{kib}-KiB", partial(_files_too_large, vendor, seed, first, kib)
                )
        for n in (1, 20, 60, 100):
            run = partial(_no_working_folder, vendor, seed, n)
            yield Case("A6", f"{vendor}-working-folder-{n}", run, WITH_WORKING_FOLDER)
        yield Case("A6", f"{vendor}-full-disk", partial(_full_disk, vendor, seed), FILES)
        run = partial(_full_working_disk, vendor, seed)
        yield Case("A6", f"{vendor}-full-working-disk", run, WITH_WORKING_FOLDER)


def _files_too_large(vendor: str, seed: int, first: bool, kib: int, benches: FaultBenches) -> None:
    """No file may grow beyond so many KiB: the warehouse's and the load's own."""
    with benches.bench(vendor, seed=seed, first=first, sockets=True) as bench:
        if not first:
            bench.edit(8)
            bench.sandbox.add_field(bench.small_world.main, "brand_new", "long " * 2000)
        ending = bench.broken(options={"sweep": True}, fsize=kib * 1024)
        assert ending.code in (0, 3), ending
        if ending.code == 0:
            bench.judge()
        bench.healed()


def _no_working_folder(vendor: str, seed: int, n: int, benches: FaultBenches) -> None:
    """The disk of the working folder is full at the n-th file: out of reach, and nothing changed."""
    with benches.bench(vendor, seed=seed, sockets=True) as bench:
        bench.edit(8)
        before = bench.untouched()
        ending = bench.broken(InjectionPoint("file", n, act="full"), options={"sweep": True})
        assert ending.code in (0, 3), ending
        assert ending.code == 0 or bench.untouched() == before
        bench.healed()


@contextmanager
def _small_disk(place: Path, kib: int) -> Iterator[None]:
    place.mkdir(exist_ok=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "fieldhouse", str(place)],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        raise Skipped("a disk of its own needs the right to mount one")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def _full_disk(vendor: str, seed: int, benches: FaultBenches) -> None:
    """The warehouse's disk is full; with room again, it opens and everything becomes equal."""
    with benches.bench(vendor, seed=seed, first=True, sockets=True) as bench:
        disk = bench.folder / "disk"
        with _small_disk(disk, benches.kind().full_disk):
            bench.url = benches.kind().empty(disk)
            ending = bench.broken(options={"sweep": True})
            assert ending.code == 3, ending
            subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
            bench.__post_init__()
            bench.healed()


def _full_working_disk(vendor: str, seed: int, benches: FaultBenches) -> None:
    with benches.bench(vendor, seed=seed, sockets=True) as bench:
        bench.edit(8)
        before = bench.untouched()
        with _small_disk(bench.folder / "tmp", 16):
            ending = bench.broken(options={"sweep": True})
        assert ending.code == 3, ending
        assert bench.untouched() == before
        bench.healed()
