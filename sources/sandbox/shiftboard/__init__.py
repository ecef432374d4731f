"""Sandbox of the Shiftboard API.

Knows what Shiftboard answers. Imports the shared parts of the sandboxes only.
"""

from .api import ShiftboardSandbox

SANDBOX = ShiftboardSandbox
