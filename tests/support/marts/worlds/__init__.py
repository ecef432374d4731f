"""Generated accounts, for which the marts are compared with the oracle."""
