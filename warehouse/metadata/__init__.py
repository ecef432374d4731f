"""Metadata: the tables of a schema that hold runs, schema changes, states and quarantined records; fencing, grants.

Knows no vendor table. Imports `warehouse.errors`, `warehouse.model` and `warehouse.drivers`.
"""
