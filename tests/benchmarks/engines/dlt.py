"""dlt's ``rest_api`` source as its documentation shows it, with nothing tuned."""

from __future__ import annotations

import os
import sys
from typing import Any

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "CRITICAL"


def source(url: str) -> Any:
    """The same list, filter, key and cursor as fieldhouse uses."""
    from dlt.sources.rest_api import rest_api_source

    return rest_api_source(
        {
            "client": {
                "base_url": f"{url}/api/v1/",
                "auth": {"type": "http_basic", "username": "550000017", "password": "secret"},
                "paginator": {"type": "page_number", "base_page": 1, "total_path": None},
            },
            "resources": [
                {
                    "name": "customers",
                    "primary_key": "Id",
                    "write_disposition": "merge",
                    "endpoint": {
                        "path": "Customers",
                        "data_selector": "Data",
                        "params": {"pageSize": 500},
                        "incremental": {
                            "cursor_path": "Metadata.UpdatedOn",
                            "start_param": "changeTime",
                            "initial_value": "2000-01-01T00:00:00",
                        },
                    },
                }
            ],
        }
    )


def run(url: str, warehouse: str, folder: str, **destination: Any) -> int:
    import dlt

    duck = warehouse.startswith("duckdb")
    made = dlt.destinations.duckdb if duck else dlt.destinations.postgres
    pipeline = dlt.pipeline(
        pipeline_name="benchmark",
        pipelines_dir=f"{folder}/dlt",
        destination=made(warehouse.removeprefix("duckdb:///") if duck else warehouse, **destination),
        dataset_name="servicebridge",
    )
    pipeline.run(source(url))
    return 0


if __name__ == "__main__":
    if sys.argv[1] == "--start":
        import dlt as dlt
        from dlt.sources.rest_api import rest_api_source as rest_api_source

        sys.exit(0)
    sys.exit(run(*sys.argv[1:]))
