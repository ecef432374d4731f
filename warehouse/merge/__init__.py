"""Merge: applies a load to a table and its children in one transaction; compares, casts and keeps row versions.

Imports `warehouse.errors`, `warehouse.model`, `warehouse.drivers` and `warehouse.metadata`.
"""
