"""The sandbox API of bossdesk."""

from .api import BossDeskSandbox

__all__ = ["BossDeskSandbox"]
