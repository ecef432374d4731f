"""The door to dlt: a slice of Arrow tables becomes one dlt source, extracted and loaded as one package.

dlt lands every table in a schema of its own that is dropped afterwards (write disposition ``replace``); the warehouse
then applies the landed rows in one transaction per table with its children. dlt is imported here and only when there
is something to load: its import costs more than a whole sync without changes.
"""

from __future__ import annotations

import errno
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from fieldhouse.sources.engine import startup
from fieldhouse.sources.engine.errors import TryLater

_RUNTIME = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "CRITICAL",
    "RUNTIME__ENABLE_RUNTIME_TRACE": "false",
    "DATA_WRITER__DISABLE_COMPRESSION": "true",
    "SOURCES__DATA_WRITER__DISABLE_COMPRESSION": "true",
    "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true",
    "DATA_WRITER__COMPRESSION": "none",
    "SOURCES__DATA_WRITER__COMPRESSION": "none",
    "NORMALIZE__DATA_WRITER__COMPRESSION": "none",
    "LOAD__WORKERS": "2",
    "LOAD__DELETE_COMPLETED_JOBS": "true",
}
"""dlt's settings that a sync does with; a variable of the same name comes first. `.dlt/config.toml` holds the same with
the reason for each."""
_REQUIRED = {"LOAD__TRUNCATE_STAGING_DATASET": "false", "SCHEMA__NAMING": "direct"}
"""dlt's settings without which rows land elsewhere: during a load they replace variables of other dlt projects."""
_NO_ROOM = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EMFILE, errno.EACCES}
)
_NOT_NEEDED = ("sqlalchemy", "streamlit")
"""dlt imports these where they are installed, half a second of CPU, and does the same without them."""
TOGETHER = 10_000
"""Rows that are handed to dlt at once: it takes 5 ms for each batch to compare 36 columns with its schema."""
LARGE = 20_000
"""Rows from which a table is landed in Postgres through ADBC: its fixed cost per table is larger than a small load."""


def source(name: str, tables: Mapping[str, list[pa.Table]]) -> Any:
    """One dlt source of one slice: a resource per warehouse table, each yielding Arrow tables of one schema.

    Args:
        name: the account's name; it names dlt's schema.
        tables: warehouse table -> Arrow batches, not empty. They are taken out as they are extracted: dlt keeps a
            source alive for longer than its rows are needed.
    """
    import dlt
    from dlt.extract import DltSource

    def batches(of: list[pa.Table]) -> Iterator[pa.Table]:
        of.reverse()
        while of:
            taken = [of.pop()]
            while of and sum(batch.num_rows for batch in taken) < TOGETHER:
                taken.append(of.pop())
            yield pa.concat_tables(taken)

    resources = [
        dlt.resource(batches(arrow), name=table, write_disposition="replace")
        for table, arrow in tables.items()
    ]
    return DltSource(dlt.Schema(name), name, resources)


class _RequiredSettings:
    """Variables of the process for as long as at least one load runs; then they are as before."""

    def __init__(self) -> None:
        self._lock, self._loads = threading.Lock(), 0
        self._before: dict[str, str | None] = {}

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            if not self._loads:
                self._before = {name: os.environ.get(name) for name in _REQUIRED}
                os.environ.update(_REQUIRED)
            self._loads += 1
        try:
            yield
        finally:
            with self._lock:
                self._loads -= 1
                if not self._loads:
                    for name, value in self._before.items():
                        os.environ.pop(name, None)
                        if value is not None:
                            os.environ[name] = value


_required_settings = _RequiredSettings()


@_required_settings()
def load(
    account: str,
    tables: Mapping[str, list[pa.Table]],
    *,
    destination: str,
    few_rows_format: str,
    session_settings: str,
    credentials: str,
    landing: str,
    working_dir: str,
) -> str:
    """Load ``tables`` into the schema ``landing`` as one dlt package; the package's load id.

    Args:
        tables: warehouse table -> Arrow batches; the lists are empty afterwards.
        destination: dlt's name of the destination.
        few_rows_format: the format of tables with fewer rows than ``LARGE``.
        session_settings: the first statement of every connection that dlt opens; none if empty.
        credentials: a file's path or a URL, as the destination takes it.
        working_dir: dlt's own files; private to this run, and worth nothing after it.

    Raises:
        TryLater: the destination broke off, and still did after all attempts.
    """
    for setting, value in _RUNTIME.items():
        os.environ.setdefault(setting, value)
    with startup.without_modules(_NOT_NEEDED):
        import dlt
        from dlt.common.libs import sql_alchemy_compat as sql_alchemy_compat

        dlt.config.get("runtime.log_level")  # dlt now reads its settings' files

    target: Any = getattr(dlt.destinations, destination)(credentials, replace_strategy="truncate-and-insert")
    rows = {name: sum(batch.num_rows for batch in batches) for name, batches in tables.items()}
    formats = {name: "parquet" if count >= LARGE else few_rows_format for name, count in rows.items()}
    startup.cache_capabilities(target)
    if session_settings:
        _begin_sessions_with(target, session_settings)
    pipeline = dlt.pipeline(
        pipeline_name=f"fieldhouse_{account}",
        pipelines_dir=working_dir,
        destination=target,
        dataset_name=landing,
    )
    pipeline.config.restore_from_destination = False
    made = source(account, tables)
    for name, resource in made.resources.items():
        resource.apply_hints(file_format=formats[name])
    try:
        info = pipeline.run(made)
        info.raise_on_failed_jobs()
    except Exception as error:
        for cause in _causes(error):
            if isinstance(cause, KeyboardInterrupt):
                raise cause from None
        if not _may_succeed_later(error):
            raise
        raise TryLater(
            "the warehouse broke off while rows were landed", do="Run the command again.", where=account
        ) from error
    return str(info.loads_ids[0])


def _begin_sessions_with(destination: Any, statement: str) -> None:
    """Make every client of a dlt destination run a statement on each connection that it opens or resets.

    dlt itself puts the schema `public` into the search path of Postgres, where another role may define operators that
    then run with the rights of the load. dlt qualifies the names of its tables. Its client resets a connection, and
    with it every setting, when it opens it and after an error.
    """
    make_client = destination.client

    def client(*positional: Any, **named: Any) -> Any:
        made = make_client(*positional, **named)
        sql = made.sql_client
        reset = sql._reset_connection

        def reset_connection() -> None:
            reset()
            with sql.native_connection.cursor() as cursor:
                cursor.execute(statement)

        sql._reset_connection = reset_connection
        return made

    destination.client = client


@contextmanager
def working_folder() -> Iterator[str]:
    """A private folder for dlt's files; it and they are gone afterwards.

    Raises:
        TryLater: it cannot be written, as on a full disk.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="fieldhouse-", ignore_cleanup_errors=True) as folder:
            yield folder
    except Exception as error:
        for cause in _causes(error):
            if isinstance(cause, OSError) and cause.errno in _NO_ROOM:
                raise TryLater(
                    f"the working folder {tempfile.gettempdir()} cannot be written: {os.strerror(cause.errno)}",
                    do="Make room there, or set TMPDIR to a folder that has some; then run the command again.",
                ) from error
        raise


def _may_succeed_later(error: BaseException) -> bool:
    """dlt gave up what it calls transient, after its own attempts."""
    from dlt.common.destination.exceptions import DestinationTransientException

    return any(isinstance(cause, DestinationTransientException) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it: dlt wraps whatever stops a step, an interrupt too."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
