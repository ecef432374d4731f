"""The sandbox API of servicebridge."""

from .api import ServiceBridgeSandbox

__all__ = ["ServiceBridgeSandbox"]
