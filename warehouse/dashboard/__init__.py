"""The dashboard: pages over the marts and the health of the syncs. It only reads, and holds a DuckDB file no longer
than the queries of a page take. It may import errors, drivers, backends and connect; only `app` imports Starlette.
"""
