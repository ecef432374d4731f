"""Configuration: where settings come from, their types and checks, and what a command is limited to.

May import errors, the engine, and connect and backends of the warehouse.
"""
