"""The command line: knows options and which command runs; imports `commands`, `config` and `output`."""

from .app import main

__all__ = ["main"]
