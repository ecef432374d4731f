"""Which DuckDB reads a published warehouse whole: by hand, with interpreters that have other versions of it.

    python -m tests.benchmarks.old_clients published.duckdb /path/to/venv-with-1.0/bin/python …

Each needs `pip install duckdb==1.0.0 pytz` (or another version) in a virtual environment of its own.
"""

from __future__ import annotations

import subprocess
import sys

READ = """
import duckdb, sys
held = duckdb.connect(sys.argv[1], read_only=True)
tables = held.sql("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
rows = sum(len(held.execute(f'SELECT * FROM "{schema}"."{table}"').fetchall()) for schema, table in tables)
print(f"DuckDB {duckdb.__version__}: {len(tables)} tables, {rows} rows")
"""


def main(path: str, *interpreters: str) -> int:
    """Reads every row of every table with each; the number of those that could not."""
    failed = 0
    for python in (sys.executable, *interpreters):
        done = subprocess.run([python, "-c", READ, path], capture_output=True, text=True, check=False)
        failed += done.returncode != 0
        print(done.stdout.strip() or f"{python}: {done.stderr.strip().splitlines()[-1][:200]}")
    return failed


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
