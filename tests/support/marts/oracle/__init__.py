"""An independent recomputation of the marts' measures in Python, from vendor tables and the definitions in words.

Nothing here is taken from the SQL: each function reads the raw rows of one account and gives what the descriptions of a
mart's columns say, by key.
"""
