"""The sandbox API of shiftboard."""

from .api import ShiftboardSandbox

__all__ = ["ShiftboardSandbox"]
