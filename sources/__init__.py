"""The vendors, and the engine that reads them."""

from .bossdesk import VENDOR as _bossdesk
from .engine.table import Vendor

VENDORS: dict[str, Vendor] = {vendor.name: vendor for vendor in (_bossdesk,)}
"""Every vendor, by name. A new one is a folder, a line here, and its sandbox."""
