"""Output: console, progress, reports, and how a command ends.

May import errors, sync and the engine's outcome types.
"""
