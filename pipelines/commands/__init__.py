"""Commands: one file per command, named like it; each prints its result and returns the exit code.

May import every package of pipelines except cli, and build_marts.
"""
