"""dlt's ``rest_api`` source with what measurably helps: parquet (ADBC into Postgres), no gzip, rotated files."""

from __future__ import annotations

import os
import sys

from tests.benchmarks.engines.dlt import run

os.environ["DATA_WRITER__DISABLE_COMPRESSION"] = "true"
os.environ["SOURCES__DATA_WRITER__FILE_MAX_ITEMS"] = "100000"
os.environ["LOAD__WORKERS"] = "4"

if __name__ == "__main__":
    if sys.argv[1] == "--start":
        import dlt as dlt
        from dlt.sources.rest_api import rest_api_source as rest_api_source

        sys.exit(0)
    sys.exit(run(*sys.argv[1:], preferred_loader_file_format="parquet"))
