"""Instances of DuckDB go from file to file within a process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.drivers.duck_instance import DuckInstance, running_instance


def instance_of_next_file() -> DuckInstance:
    with running_instance() as instance:
        return instance


def memory_limit(instance: DuckInstance) -> str:
    ((limit,),) = instance.native.execute("SELECT current_setting('memory_limit')").fetchall()
    return str(limit)


def test_the_next_file_gets_the_instance_of_the_last() -> None:
    assert instance_of_next_file() is instance_of_next_file()


def test_two_files_at_once_have_an_instance_each() -> None:
    with running_instance() as one, running_instance() as other:
        assert one is not other


def test_an_instance_that_is_left_by_an_error_is_closed_and_not_used_again() -> None:
    with pytest.raises(OSError, match="full"), running_instance() as instance:
        raise OSError("full")
    assert instance.is_closed
    assert instance_of_next_file() is not instance


def test_an_instance_that_was_closed_is_not_used_again() -> None:
    with running_instance() as instance:
        instance.close()
    assert instance_of_next_file() is not instance


def test_temporary_files_are_where_the_command_wants_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = instance_of_next_file()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    instance = instance_of_next_file()
    assert instance is not before
    ((folder,),) = instance.native.execute("SELECT current_setting('temp_directory')").fetchall()
    assert Path(folder).parent == tmp_path


def test_a_process_that_was_forked_starts_an_instance_of_its_own() -> None:
    """The threads of its parent's are not there: it would wait for them forever."""
    with running_instance() as instance:
        usual = instance.usual_memory
    child = os.fork()
    if not child:
        with running_instance() as own:
            os._exit(0 if own is not instance and memory_limit(own) == usual else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_file_has_a_limit_of_memory_and_leaves_none_to_the_next(tmp_path: Path) -> None:
    warehouses = [open_warehouse(f"duckdb:///{tmp_path}/{name}.duckdb") for name in ("small", "wide")]
    limits = []
    for warehouse, columns in zip(warehouses, (3, 2000), strict=True):
        with warehouse.session() as session:
            listed = ", ".join(f"c{number} INTEGER" for number in range(columns))
            session.db.execute(f"CREATE TABLE wide ({listed})")
    for warehouse in (*reversed(warehouses), warehouses[1]):
        with warehouse.session() as session:
            limits.append(session.fetch("SELECT current_setting('memory_limit')")[0][0])
    assert limits[0] == limits[2] != limits[1]
