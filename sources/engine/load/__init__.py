"""Rows on their way to the warehouse: the buffer, and the only engine file that imports dlt.

Knows Arrow tables alone; imports `errors`, `normalize` and `startup`.
"""
