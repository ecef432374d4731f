"""How many requests the next read of a table takes, and what a key may read.

May import errors, http, spec, normalize, changes and extract.
"""
