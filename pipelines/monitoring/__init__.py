"""Monitoring: alerts, metrics and traces after a command.

May import errors, config, output, inspect and sync.
"""
