"""One request: authentication, retry, rate and concurrency limits, connection, pagination, the parsed body.

Knows no vendor and no table; imports `errors` and `redact`.
"""
