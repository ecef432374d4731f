"""The machine: it knows HTTP and records, and no vendor."""
