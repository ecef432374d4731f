"""Pipelines of dlt for tests, and settings of every vendor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dlt

SETTINGS: dict[str, dict[str, str]] = {
    "shiftboard": {"access_key_id": "id", "signature_key": "key"},
    "bossdesk": {"base_url": "https://desk.example.com/api/v1", "api_key": "key"},
    "servicebridge": {"user_id": "user", "password": "secret"},
    "servicesidekick": {"base_url": "https://kick.example.com", "api_token": "token"},
    "notific": {"base_url": "https://notific.example.com", "api_key": "key"},
}


def duckdb_pipeline(folder: Path, name: str = "desk", **options: Any) -> dlt.Pipeline:
    return dlt.pipeline(
        name,
        pipelines_dir=str(folder / "pipelines"),
        destination=dlt.destinations.duckdb(str(folder / "desk.duckdb")),
        dataset_name="notific",
        **options,
    )


def row_counts(pipeline: dlt.Pipeline) -> dict[str, int]:
    return dict(pipeline.dataset().row_counts().fetchall())
