"""Sandbox of the BOSSDesk API.

Knows what BOSSDesk answers. Imports the shared parts of the sandboxes only.
"""

from .api import BossDeskSandbox

SANDBOX = BossDeskSandbox
