"""Drivers: the SQL, types and errors of a database, for one open connection.

Knows no tables of fieldhouse. Imports only `warehouse.errors`.
"""
