"""Records of any shape become typed Arrow tables: flattened, parsed, masked, and every value kept.

Knows a table by its declaration; imports `errors` and `spec`.
"""
