"""The sandbox API of shiftboard."""

from .api import Shiftboard

__all__ = ["Shiftboard"]
