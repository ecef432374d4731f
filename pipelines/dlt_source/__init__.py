"""The vendors as dlt sources: settings from dlt's providers, the engine's readers, and tables for any destination.

May import: dlt, pipelines config and sync, the engine. Imported by `fieldhouse.dlt` only.
"""
