"""The sandbox API of servicebridge."""

from .api import ServiceBridge

__all__ = ["ServiceBridge"]
