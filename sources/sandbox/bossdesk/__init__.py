"""The sandbox API of bossdesk."""

from .api import BossDesk

__all__ = ["BossDesk"]
