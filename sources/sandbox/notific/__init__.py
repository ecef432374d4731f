"""The sandbox API of notific."""

from .api import NotificSandbox

__all__ = ["NotificSandbox"]
