"""The engines that are compared: each a program that brings the vendor's customers into a warehouse, once.

``python -m tests.benchmarks.engines.NAME URL WAREHOUSE FOLDER``: what changed since the last time in the same folder;
``--start`` as the only argument imports what a run needs, and ends.
"""

from __future__ import annotations

NAMES = ("fieldhouse", "floor", "dlt", "dlt_tuned")
CONCURRENCY = 8
