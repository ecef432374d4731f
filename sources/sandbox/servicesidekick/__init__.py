"""The sandbox API of servicesidekick."""

from .api import ServiceSidekickSandbox

__all__ = ["ServiceSidekickSandbox"]
