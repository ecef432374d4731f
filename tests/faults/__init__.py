"""The fault matrix: what can happen to a sync, each case from a seed, each judged by the oracle.

``python -m tests.faults --all`` runs every case, ``--case ID`` one of them again.
"""
