"""How to read a table: which requests to send, in which order, and what their answers go to.

May import errors, http, spec, normalize and changes.
"""
