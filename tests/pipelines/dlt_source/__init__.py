"""Tests of the vendors as dlt sources."""
