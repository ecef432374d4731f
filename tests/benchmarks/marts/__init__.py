"""Benchmarks of the marts: generated worlds against the oracle, and pictures of the dashboard."""
