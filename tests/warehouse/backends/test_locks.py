"""Lock files: foreign notes, links, and file systems without locks."""

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fieldhouse.warehouse.backends.duckdb_file import DuckWarehouse
from fieldhouse.warehouse.backends.locks import WaitPolicy, file_lock, shared_lock, try_lock
from fieldhouse.warehouse.errors import AccountBusy, WarehouseSettingsError, WarehouseUnreachable

WAITS = WaitPolicy(lock_wait=0)


@pytest.mark.parametrize(
    "note",
    [b"", b"no JSON", b"{}", b"[]", b'"x"', b"5", b"null", b'{"holder": "x"}', b"\xff\xfe", b"[" * 4096],
)
def test_a_note_that_is_not_ours_names_another_process(note: bytes, tmp_path: Path) -> None:
    lock, other = try_lock(tmp_path / "a.lock", "process 1", WAITS)
    assert (lock is not None, other) == (True, "")
    (tmp_path / "a.lock").write_bytes(note)
    assert try_lock(tmp_path / "a.lock", "process 2", WAITS) == (None, "another process")
    os.close(lock or 0)


def test_the_holders_own_note_is_shown(tmp_path: Path) -> None:
    lock, _ = try_lock(tmp_path / "a.lock", "process 1", WAITS)
    (_, other) = try_lock(tmp_path / "a.lock", "process 2", WAITS)
    assert other.startswith(f"process 1 (pid {os.getpid()} on ")
    os.close(lock or 0)


@pytest.mark.parametrize("lock", [file_lock, shared_lock])
def test_a_lock_file_that_is_a_link_leaves_the_other_file_alone(lock: object, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "a.lock").symlink_to(tmp_path / "precious")
    with (
        pytest.raises(WarehouseSettingsError, match=r"a\.lock is a symbolic link; expected a plain file"),
        lock(tmp_path / "a.lock", "process 1", "a", WAITS),  # type: ignore[operator]
    ):
        pass
    assert (tmp_path / "precious").read_text() == "precious"


def test_a_lock_file_that_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.lock")
    with pytest.raises(WarehouseSettingsError, match="is not a file"):
        try_lock(tmp_path / "a.lock", "process 1", WAITS)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL])
def test_a_file_system_without_locks_is_a_setting(number: int, tmp_path: Path) -> None:
    def refuse(descriptor: int, how: int) -> None:
        raise OSError(number, os.strerror(number))

    warehouse = DuckWarehouse(tmp_path / "w.duckdb", "w", WaitPolicy(flock=refuse))
    match = r"lock: locks are not supported here \(.*\); expected a file system with locks"
    with pytest.raises(WarehouseSettingsError, match=match), warehouse.session():
        pass
    with pytest.raises(WarehouseSettingsError, match=match), warehouse.account_lock("notific", "process 1"):
        pass
    with pytest.raises(WarehouseSettingsError, match=match), warehouse.read_only("dashboard"):
        pass


def test_an_account_whose_note_is_foreign_is_busy(tmp_path: Path) -> None:
    warehouse = DuckWarehouse(tmp_path / "w.duckdb", "w", WAITS)
    with warehouse.account_lock("notific", "process 1"):
        (tmp_path / "w.duckdb.notific.lock").write_bytes(b"{}")
        with (
            pytest.raises(AccountBusy, match="another process"),
            warehouse.account_lock("notific", "process 2"),
        ):
            pass


@contextmanager
def no_more_files(spare: int) -> Iterator[None]:
    """This process may open only so many further files inside the block."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1 + spare, hard))
    taken = []
    try:
        for _ in range(highest + 1):
            taken.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        for descriptor in taken[len(taken) - spare :]:
            os.close(descriptor)
        del taken[len(taken) - spare :]
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in taken:
            os.close(descriptor)


@pytest.mark.parametrize("spare", [0, 1])
def test_a_process_with_too_many_open_files_can_try_again(spare: int, tmp_path: Path) -> None:
    """Exit 3: nothing has to be changed by a person for what waiting avoids."""
    warehouse = DuckWarehouse(tmp_path / "w.duckdb", "w", WAITS)
    with warehouse.session():
        pass
    with (
        no_more_files(spare),
        pytest.raises(WarehouseUnreachable, match="too many files are open"),
        warehouse.session(),
    ):
        pass
    with warehouse.session() as session:
        session.prepare("notific")
