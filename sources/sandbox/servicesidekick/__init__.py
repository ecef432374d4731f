"""The sandbox API of servicesidekick."""

from .api import ServiceSidekick

__all__ = ["ServiceSidekick"]
