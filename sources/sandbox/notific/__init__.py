"""Sandbox of the Notific API.

Knows what Notific answers. Imports the shared parts of the sandboxes only.
"""

from .api import NotificSandbox

SANDBOX = NotificSandbox
