"""The vendors as dlt sources, for a pipeline of your own.

    import dlt
    from fieldhouse.dlt import bossdesk

    pipeline = dlt.pipeline("desk", destination="duckdb", dataset_name="bossdesk")
    pipeline.run(bossdesk().with_resources("tickets", "users"))

Each source has one resource per table. Its settings are those of ``fieldhouse sync``, from ``[sources.<vendor>]`` in
``.dlt/``, the environment or a vault of dlt; arguments replace them. ``vendor_source("acme")`` makes the source of a
vendor that another distribution adds.
"""

from __future__ import annotations

from fieldhouse.pipelines.dlt_source.factory import vendor_source

__all__ = ["bossdesk", "notific", "servicebridge", "servicesidekick", "shiftboard", "vendor_source"]

shiftboard = vendor_source("shiftboard")
bossdesk = vendor_source("bossdesk")
servicebridge = vendor_source("servicebridge")
servicesidekick = vendor_source("servicesidekick")
notific = vendor_source("notific")
