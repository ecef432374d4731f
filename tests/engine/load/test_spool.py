"""The spool between the threads that read and the one that loads."""

from __future__ import annotations

import threading

import pyarrow as pa

from fieldhouse.sources.engine.load.spool import Spool
from fieldhouse.sources.engine.normalize.normalizer import Column, Frames

LONG = 600.0
"""Seconds that no test may wait."""


def frames(rows: int) -> Frames:
    """``rows`` integers, eight bytes each."""
    table = pa.table({"id": pa.array(range(rows), pa.int64())})
    return Frames({"things": table}, {"things": {"id": Column("id", pa.int64(), "id")}}, [])


def test_a_wait_ends_when_the_spool_is_woken_also_before_it() -> None:
    spool = Spool()
    spool.wake()
    assert spool.wait(LONG) is False
    waiting = threading.Timer(0.01, spool.wake)
    waiting.start()
    assert spool.wait(LONG) is False
    assert spool.wait(0.0) is False


def test_a_full_slice_is_there_without_a_wait() -> None:
    spool = Spool(slice_bytes=80)
    spool.add("things", frames(9))
    assert spool.wait(0.0) is False
    spool.add("things", frames(1))
    assert spool.wait(LONG) is True
    assert spool.take().rows == 10
    assert spool.bytes == 0


def waiting_reader(spool: Spool) -> threading.Thread:
    """A thread that hands over a row more, and has to wait."""
    reader = threading.Thread(target=spool.add, args=("things", frames(1)))
    reader.start()
    reader.join(0.05)
    assert reader.is_alive()
    return reader


def test_readers_wait_while_a_slice_is_held_and_go_on_when_it_is_taken() -> None:
    spool = Spool(slice_bytes=80)
    spool.add("things", frames(10))
    reader = waiting_reader(spool)
    assert spool.take().rows == 10
    reader.join(LONG)
    assert spool.take().rows == 1


def test_while_a_slice_is_loaded_half_of_another_is_read() -> None:
    spool = Spool(slice_bytes=80)
    spool.add("things", frames(10))
    spool.take()
    spool.add("things", frames(5))
    reader = waiting_reader(spool)
    assert spool.wait(0.0) is False
    reader.join(LONG)
    assert spool.take().rows == 6


def test_what_has_landed_is_released() -> None:
    spool = Spool()
    spool.add("things", frames(10))
    batch = spool.take()
    batch.release()
    assert (batch.rows, list(batch.tables), batch.filled) == (0, ["things"], {"things"})


def test_a_closed_spool_lets_readers_go_on() -> None:
    spool = Spool(slice_bytes=80)
    spool.add("things", frames(20))
    reader = threading.Thread(target=spool.add, args=("things", frames(1)))
    reader.start()
    spool.close()
    reader.join(LONG)
    assert not reader.is_alive()
