"""Sandbox of the ServiceBridge API.

Knows what ServiceBridge answers. Imports the shared parts of the sandboxes only.
"""

from .api import ServiceBridgeSandbox

SANDBOX = ServiceBridgeSandbox
