"""The warehouse: opened, locked, changed and published; knows no vendor.

Imports nothing of `sources` and `pipelines`; each package below names what it may import.
"""
