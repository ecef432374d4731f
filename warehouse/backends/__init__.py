"""Backends: places for a warehouse, how each is opened, locked and copied, and rate budgets that machines share.

Imports `warehouse.errors`, `warehouse.drivers`, `warehouse.metadata` and `warehouse.session`.
"""
