"""Sync: reading one account, loading what changed, and recording the run.

May import errors, config, the engine and the warehouse.
"""
