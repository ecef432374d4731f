"""Schedules: the Dagster code location.

May import errors, config, inspect, output and sync; build_marts when a step runs.
"""
