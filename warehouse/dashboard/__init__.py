"""The local page over the marts and the sync's health: what it asks, how it reads, and how it looks.

It only reads, holds a DuckDB file for the length of a page's queries, and shows what it read last while a load has the
file. `page` is what Streamlit runs; nothing else here imports Streamlit but `page`, `figure` and `choices`.
"""
