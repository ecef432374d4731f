"""Inspection: health, freshness, plan, verification and schema differences of a warehouse.

May import errors, config, sync, the engine and the warehouse.
"""
