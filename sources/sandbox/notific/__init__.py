"""The sandbox API of notific."""

from .api import Notific

__all__ = ["Notific"]
