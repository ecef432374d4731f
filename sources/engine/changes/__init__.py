"""What changed: compares records with stored row hashes, and decides what to read again and what was deleted.

Sends no request. May import errors, http (data only), spec and normalize.
"""
