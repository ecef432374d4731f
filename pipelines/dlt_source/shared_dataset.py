"""Shared datasets: two accounts whose tables have the same names would overwrite each other's rows."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from dlt.common.schema import Schema
from dlt.destinations.exceptions import DatabaseUndefinedRelation
from dlt.destinations.job_client_impl import SqlJobClientBase
from dlt.pipeline import Pipeline

from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.errors import FixSettings


def refuse_shared_tables(pipeline: Pipeline, schema: Schema, tables: Collection[str]) -> None:
    """Refuse to load tables into a dataset where those of another account, of any vendor, have the same names.

    The accounts of the pipeline are looked at in each run, those of other pipelines before the first load.

    Raises:
        FixSettings: such tables exist.
    """
    if not pipeline.config.use_single_dataset:
        return
    found: dict[str, Collection[str]] = {name: pipeline.schemas[name].tables for name in pipeline.schemas}
    if schema.name not in found and pipeline.dataset_name:
        found |= _stored(pipeline, schema)
    for name, others in found.items():
        is_account = any(name == vendor or name.startswith(f"{vendor}_") for vendor in VENDORS)
        shared = sorted(set(tables).intersection(others))
        if is_account and name != schema.name and shared:
            raise FixSettings(
                f"the dataset {pipeline.dataset_name} has the tables of the account {name} already, and "
                f"{schema.name} has tables of the same names, such as {shared[0]}: rows would be mixed",
                do="Give each account a pipeline with a dataset_name of its own, or its tables other names with "
                "apply_hints(table_name=...).",
                where=schema.name,
            )


def _stored(pipeline: Pipeline, schema: Schema) -> dict[str, Collection[str]]:
    """The schemas that other pipelines have loaded into the dataset of a database, with their tables."""
    client: Any = pipeline._get_destination_clients(schema)[0]
    if not isinstance(client, SqlJobClientBase):
        return {}
    with client:
        sql_client = client.sql_client
        if not sql_client.has_dataset():
            return {}
        name = sql_client.escape_column_name("schema_name")
        source = sql_client.make_qualified_table_name(schema.loads_table_name)
        try:
            with sql_client.execute_query(f"SELECT DISTINCT {name} FROM {source}") as cursor:
                names = [str(row[0]) for row in cursor.fetchall()]
        except DatabaseUndefinedRelation:
            return {}
        stored = {name: client.get_stored_schema(name) for name in names if name != schema.name}
    return {name: json.loads(info.schema)["tables"] for name, info in stored.items() if info}
