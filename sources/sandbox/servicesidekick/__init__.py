"""Sandbox of the ServiceSidekick API.

Knows what ServiceSidekick answers. Imports the shared parts of the sandboxes only.
"""

from .api import ServiceSidekickSandbox

SANDBOX = ServiceSidekickSandbox
